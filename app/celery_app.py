"""What Celery's own command line takes: `celery -A app.celery_app worker`, `celery -A app.celery_app flower`.

It is the application of `main.py worker --transport celery`, made from the same settings.
"""

from app.service import Service
from app.settings import load

app = Service(load()).celery
