"""Asking the outside for work: jobs and the jobs of asynchronous continuations."""

from workflows.core import tokens, variables, waits
from workflows.core.effects import JobCreated
from workflows.core.machine import Machine
from workflows.core.records import Token, WaitKind
from workflows.diagrams.graph import JobDefinition, Node

CONTINUATION = "dams:continue"
"""The type of a job that only continues an instance."""

_RETRIES = 3


def create_job(m: Machine, token: Token, node: Node, job: JobDefinition) -> None:
    """Let the token wait for a handler."""
    scope = variables.scope_of(m, token)
    job_type = variables.required_text(m, job.type, scope, "the job type")
    retries = variables.number(m, job.retries, scope, _RETRIES)
    priority = variables.number(m, job.priority, scope, 0)
    cycle = variables.text(m, job.retry_cycle, scope)
    wait = waits.open_wait(m, token, WaitKind.JOB)
    activity = tokens.entered(m, token)
    headers = dict(job.headers)
    m.emit(JobCreated(wait, node.id, activity, job_type, max(retries, 1), priority, headers, cycle))


def continue_later(m: Machine, token: Token, node: Node, kind: WaitKind) -> None:
    """Let the token wait until the host continues it, in a step of its own."""
    wait = waits.open_wait(m, token, kind)
    m.emit(JobCreated(wait, node.id, tokens.entered(m, token), f"{CONTINUATION}:{kind}", _RETRIES, 0))
