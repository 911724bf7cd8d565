"""What each command does to an instance before its tokens move."""

from collections.abc import Callable, Mapping
from typing import cast

from workflows.core import commands, incidents, scopes, starting, subscriptions, tokens, variables, waits
from workflows.core.behaviours import catching
from workflows.core.behaviours.base import receive
from workflows.core.machine import Machine
from workflows.core.migration import migrate
from workflows.core.modification import modify
from workflows.core.records import Phase, Subscription, Token, WaitKind
from workflows.diagrams.graph import EventKind
from workflows.errors import Conflict, InvalidInput

_THEN = {WaitKind.BEFORE: Phase.PREPARE, WaitKind.AFTER: Phase.LEAVE}
_ANSWERED_AT_ONCE = (WaitKind.SCRIPT, WaitKind.DECISION, WaitKind.CALL)
_WHILE_SUSPENDED = (
    commands.Resume, commands.Cancel, commands.SetVariables, commands.Modify, commands.Migrate, commands.Suspend,
)  # fmt: skip


def handle(m: Machine, command: commands.Command) -> None:
    """Apply a command; raise `Conflict` or `InvalidInput` if it can't be."""
    status = m.state.status
    if isinstance(command, commands.Start):
        if status != "new":
            raise Conflict("the instance has started already")
        starting.start(m, command)
        return
    if status == "new":
        raise Conflict("the instance has not started yet")
    if status not in ("active", "suspended"):
        raise Conflict(f"the instance has ended: it is {status}")
    if status == "suspended" and not isinstance(command, _WHILE_SUSPENDED):
        raise Conflict("the instance is suspended: resume it first")
    _HANDLERS[type(command)](m, command)


def _complete(m: Machine, command: commands.Complete) -> None:
    token, kind = _answer(m, command.id)
    if kind is WaitKind.CALL:
        raise InvalidInput(f"{command.id} is a call: it is answered by CallFinished")
    receive(m, token, m.nodes[token.node], command.variables)
    tokens.queue(m, token, _THEN.get(kind, Phase.COMPLETE), first=True)


def _call_finished(m: Machine, command: commands.CallFinished) -> None:
    token = _waiting(m, command.id)
    if token.awaits is not WaitKind.CALL:
        raise InvalidInput(f"{command.id} is not a call: it is answered by Complete")
    _answer(m, command.id)
    m.touch(token)
    token.payload = variables.fresh(command.variables)
    tokens.queue(m, token, Phase.COMPLETE, first=True)


def _fail(m: Machine, command: commands.Fail) -> None:
    token = _waiting(m, command.id)
    kind = cast("WaitKind", token.awaits)
    if kind in _ANSWERED_AT_ONCE:
        _answer(m, command.id)
        incidents.raise_at(m, token, kind, command.reason)
        token.phase = Phase.EXECUTE
    elif token.incident is None:
        incidents.raise_at(m, token, "job", command.reason, command.id)
    else:
        raise Conflict(f"{command.id} has failed already")


def _throw_error(m: Machine, command: commands.ThrowError) -> None:
    token = _waiting(m, command.id)
    if token.awaits in _ANSWERED_AT_ONCE:
        _answer(m, command.id)
        token.phase = Phase.EXECUTE
    elif token.incident is not None:
        scopes.forget_incident(m, token, None)
    catching.throw_error(m, token, command.code, command.message, command.variables)


def _escalate(m: Machine, command: commands.Escalate) -> None:
    catching.throw_escalation(m, _waiting(m, command.id), command.code, command.variables)


def _timer_due(m: Machine, command: commands.TimerDue) -> None:
    subscriptions.fire(m, _subscription(m, command.id, EventKind.TIMER), {})


def _set_timer(m: Machine, command: commands.SetTimer) -> None:
    subscriptions.put_off(m, _subscription(m, command.id, EventKind.TIMER), command.due)


def _message_arrived(m: Machine, command: commands.MessageArrived) -> None:
    subscriptions.fire(m, _subscription(m, command.id, EventKind.MESSAGE), command.variables)


def _signal_arrived(m: Machine, command: commands.SignalArrived) -> None:
    subscriptions.broadcast(m, command.name, command.variables)


def _set_variables(m: Machine, command: commands.SetVariables) -> None:
    if command.at is None:
        scope = m.scopes[cast("int", m.state.root)]
    else:
        token = _running(m, command.at)
        scope = scopes.inside(m, token, local=command.local)
    if command.local:
        for name, value in command.variables.items():
            variables.write(m, scope, name, value)
    else:
        variables.assign(m, scope, command.variables)


def _resolve(m: Machine, command: commands.Resolve) -> None:
    found = m.state.incidents.get(command.id)
    if found is None:
        raise Conflict(f"the instance has no incident {command.id}")
    if isinstance(found, Subscription):
        m.touch(found)
        incidents.forget_condition(m, found)
        m.unchecked[found.id] = None
    elif found.wait is not None:
        scopes.forget_incident(m, found, found.wait)
    else:
        scopes.forget_incident(m, found, None)
        tokens.queue(m, found, found.phase)


def _cancel(m: Machine, command: commands.Cancel) -> None:  # noqa: ARG001
    scopes.clear(m, m.scopes[cast("int", m.state.root)])
    scopes.finish_instance(m, "cancelled")


def _suspend(m: Machine, command: commands.Suspend) -> None:  # noqa: ARG001
    if m.state.status == "suspended":
        raise Conflict("the instance is suspended already")
    subscriptions.clear_timers(m)
    m.state.status = "suspended"


def _resume(m: Machine, command: commands.Resume) -> None:  # noqa: ARG001
    if m.state.status == "active":
        raise Conflict("the instance is not suspended")
    m.state.status = "active"
    subscriptions.set_timers(m)
    for conditions in m.state.by_variable.values():
        m.unchecked.update(conditions)


def _continue(m: Machine, command: commands.Continue) -> None:
    """The ready tokens move on; nothing else is to be done."""


_HANDLERS: Mapping[type, Callable[[Machine, object], None]] = cast(
    "Mapping[type, Callable[[Machine, object], None]]",
    {
        commands.Complete: _complete,
        commands.CallFinished: _call_finished,
        commands.Fail: _fail,
        commands.ThrowError: _throw_error,
        commands.Escalate: _escalate,
        commands.TimerDue: _timer_due,
        commands.SetTimer: _set_timer,
        commands.MessageArrived: _message_arrived,
        commands.SignalArrived: _signal_arrived,
        commands.SetVariables: _set_variables,
        commands.Resolve: _resolve,
        commands.Cancel: _cancel,
        commands.Suspend: _suspend,
        commands.Resume: _resume,
        commands.Modify: modify,
        commands.Migrate: migrate,
        commands.Continue: _continue,
    },
)


def _waiting(m: Machine, wait: int) -> Token:
    number = m.state.waits.get(wait)
    if number is None:
        raise Conflict(f"nothing waits for an answer to {wait} any more")
    return m.tokens[number]


def _running(m: Machine, number: int) -> Token:
    """Return the token with this wait, or in this activity."""
    if number in m.state.waits:
        return _waiting(m, number)
    for token in m.tokens.values():
        if token.activity == number:
            return token
    raise Conflict(f"nothing goes on under {number} any more")


def _answer(m: Machine, wait: int) -> tuple[Token, WaitKind]:
    """Take the answer to a wait: it is over, and an incident of it too."""
    token = _waiting(m, wait)
    kind = cast("WaitKind", token.awaits)
    waits.close(m, token)
    scopes.forget_incident(m, token, None)
    return token, kind


def _subscription(m: Machine, number: int, kind: EventKind) -> Subscription:
    found = m.state.subscriptions.get(number)
    if found is None or found.kind is not kind:
        raise Conflict(f"the instance does not wait for the {kind} {number} any more")
    return found
