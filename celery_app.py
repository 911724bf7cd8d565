"""What Celery's own command line takes: `celery -A celery_app worker`, `celery -A celery_app flower`.

It is the application of `main.py worker --transport celery`, made from the same settings.
"""

from app.settings import load
from main import Service

app = Service(load()).celery
