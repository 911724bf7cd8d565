"""Work that travels through Celery and Redis: accounts, backups, statistics, and the jobs of processes.

`make_app` gives the Celery application of one process, and `Tasks` is how pages ask it for something. What tasks do is
said in the module of their subject; each is given the `Workplace` of the process that runs it.
"""

from workers.celery.application import CeleryConfig, make_app, run_worker
from workers.celery.asking import BrokerState, Outcome, Tasks
from workers.celery.workplace import Workplace

__all__ = ["BrokerState", "CeleryConfig", "Outcome", "Tasks", "Workplace", "make_app", "run_worker"]
