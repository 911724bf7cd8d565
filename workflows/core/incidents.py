"""Incidents: something failed at an element and waits for a person; everything else goes on."""

from workflows.core import tokens
from workflows.core.effects import IncidentRaised, IncidentResolved
from workflows.core.machine import Machine
from workflows.core.records import Subscription, Token


def raise_at(m: Machine, token: Token, kind: str, message: str, wait: int | None = None) -> None:
    """Stop the token in its element, where `Resolve` lets it try again; `wait` is the job that failed."""
    activity = tokens.entered(m, token)
    m.touch(token)
    token.queued = False
    token.incident = m.next_id()
    m.state.incidents[token.incident] = token
    m.on_rollback(m.state.incidents.pop, token.incident)
    m.emit(IncidentRaised(token.incident, token.node, activity, kind, message, wait))


def raise_condition(m: Machine, event: Subscription, message: str) -> None:
    """Report a condition that can't be evaluated. It is tried again at `Resolve`, and when its variables change."""
    m.touch(event)
    event.incident = m.next_id()
    m.state.incidents[event.incident] = event
    m.on_rollback(m.state.incidents.pop, event.incident)
    m.emit(IncidentRaised(event.incident, event.node, _activity(m, event) or 0, "expression", message, None))


def forget_condition(m: Machine, event: Subscription) -> None:
    """Report that a condition's incident is over."""
    if event.incident is not None:
        del m.state.incidents[event.incident]
        m.on_rollback(m.state.incidents.__setitem__, event.incident, event)
        m.emit(IncidentResolved(event.incident, None))
        event.incident = None


def _activity(m: Machine, event: Subscription) -> int | None:
    owner = event.token
    if owner is None and event.scope is not None:
        owner = m.scopes[event.scope].owner
    return None if owner is None else m.tokens[owner].activity
