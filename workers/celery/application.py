"""The Celery application: its settings, its tasks, and the service around each task that runs.

Messages and results are JSON. A task is acknowledged when it is done, and sent again when its process is killed, so it
may run twice: each is written to give the same result then. Every task ends within its time limit, and a message that
nobody acknowledged comes back after more than that.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from celery import Celery, current_task, signals
from celery.backends.redis import RedisBackend
from kombu.entity import Queue

from workers.celery import accounts, backups, jobs, logs, statistics
from workers.celery.errors import Refused
from workers.celery.workplace import Workplace

CLINIC_QUEUE = "dams.clinic"
SEND_SECONDS = 0.5
"""How long the broker may take to let this process connect; an answer may take twice that."""

_RESULTS_KEPT = timedelta(hours=1)
_GRACE = timedelta(seconds=30)
"""How long after the soft time limit, which a task can answer, a task is killed."""


@dataclass(frozen=True, slots=True)
class CeleryConfig:
    """Where messages go (a `redis://` URL), how long a task may take, and how many run at a time in one worker.

    A message comes back to another worker `redelivery` after one took it and did not say that it is done.
    """

    broker: str = field(repr=False)
    time_limit: timedelta = timedelta(minutes=5)
    concurrency: int = 4

    @property
    def redelivery(self) -> timedelta:
        """Longer than any task takes, waiting behind another that a worker has begun included."""
        return 2 * (self.time_limit + _GRACE)


class PolledResults(RedisBackend):  # type: ignore[misc] # Celery carries no types
    """Results that are asked for, not waited for: the threads of a web server can't share one subscription."""

    def on_task_call(self, producer: object, task_id: str) -> None:
        """Subscribe to nothing."""


def make_app(config: CeleryConfig, workplace: Callable[[], Workplace], close: Callable[[], None]) -> Celery:
    """Return the application, for those who send tasks and for workers alike.

    `workplace` makes, or remembers, what the tasks of a process stand on; `close` ends it, with the process.
    """
    app = Celery("dams", set_as_current=False)
    app.conf.update(_settings(config))
    for module in (accounts, backups, jobs, statistics):
        for name, function in module.TASKS.items():
            app.task(_in_context(function, workplace), name=name, shared=False, throws=(Refused,))
    signals.setup_logging.connect(logs.set_up, weak=False)
    signals.worker_init.connect(partial(_be_patient, app, config), weak=False)
    signals.worker_process_shutdown.connect(lambda **_: close(), weak=False)
    signals.worker_ready.connect(partial(_sweep, app), weak=False)
    return app


def run_worker(app: Celery, log_level: str) -> None:
    """Run tasks in processes of this worker's own, until SIGINT or SIGTERM; what runs is finished first.

    A Redis that goes away while kombu is closing a connection can end Celery's worker; then this process begins anew.
    """
    broken = False

    def note(**_: object) -> None:
        nonlocal broken
        broken = isinstance(sys.exc_info()[1], Exception)  # what Celery is about to end for

    signals.worker_shutdown.connect(note, weak=False)
    app.worker_main(["worker", "--loglevel", log_level, "--without-gossip", "--without-mingle"])
    if broken:
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 -- as it was started


def _settings(config: CeleryConfig) -> dict[str, Any]:
    """Return the settings of everybody, with those of processes that only send: they say at once when Redis is away."""
    seconds = int(config.time_limit.total_seconds())
    return {
        "broker_url": config.broker,
        "result_backend": f"{__name__}:{PolledResults.__name__}+{config.broker}",
        "result_expires": _RESULTS_KEPT,
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "event_serializer": "json",
        "task_queues": [Queue(name) for name in (CLINIC_QUEUE, jobs.QUEUE)],  # type: ignore[no-untyped-call]
        "task_default_queue": CLINIC_QUEUE,
        "task_routes": {jobs.RUN: {"queue": jobs.QUEUE}},
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_track_started": True,
        "task_store_errors_even_if_ignored": True,
        "task_soft_time_limit": seconds,
        "task_time_limit": seconds + int(_GRACE.total_seconds()),
        "task_send_sent_event": True,
        "task_publish_retry": False,
        "broker_connection_timeout": 2 * SEND_SECONDS,
        "broker_transport_options": {
            "visibility_timeout": int(config.redelivery.total_seconds()),
            "socket_connect_timeout": SEND_SECONDS,
            "socket_timeout": 2 * SEND_SECONDS,
            "max_retries": 0,
            "connect_retries_timeout": 2 * SEND_SECONDS,
        },
        "redis_socket_connect_timeout": SEND_SECONDS,
        "redis_socket_timeout": 2 * SEND_SECONDS,
        "result_backend_transport_options": {"retry_policy": {"max_retries": 0}},
        "worker_concurrency": config.concurrency,
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": True,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "timezone": "UTC",
    }


def _be_patient(app: Celery, config: CeleryConfig, **_: object) -> None:
    """Let a worker wait for a Redis that is away, however long."""
    app.conf.update(
        {
            "task_publish_retry": True,
            "broker_connection_timeout": 4.0,
            "broker_connection_retry_on_startup": True,
            "broker_connection_max_retries": None,
            "broker_transport_options": {"visibility_timeout": int(config.redelivery.total_seconds())},
            "redis_socket_connect_timeout": 4.0,
            "redis_socket_timeout": 30.0,
            "result_backend_transport_options": {},
        }
    )


def _in_context(function: Callable[..., Any], workplace: Callable[[], Workplace]) -> Callable[..., Any]:
    """Return what Celery runs: the function with its workplace, and whose task it is in every line of the log."""

    def run(*arguments: Any, **named: Any) -> Any:
        with logs.telling(task_id=current_task.request.id, task=current_task.name):
            return function(workplace(), *arguments, **named)

    return run


def _sweep(app: Celery, **_: object) -> None:
    """Clear up what a broker that lost its messages may have left, whenever a worker begins."""
    app.send_task(accounts.SWEEP, ignore_result=True)
