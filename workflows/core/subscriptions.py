"""Events that are waited for: messages, timers, signals and conditions."""

from datetime import datetime

from workflows.core import incidents, variables
from workflows.core.effects import SubscriptionClosed, SubscriptionOpened, TimerCleared, TimerSet
from workflows.core.machine import Machine
from workflows.core.records import Scope, Subscription, Token, in_order
from workflows.diagrams.graph import EventDefinition, EventKind, Node, TimerKind
from workflows.errors import ExpressionError
from workflows.expressions.expression import Expression
from workflows.timers import CronCycle, parse_instant, parse_timer, timer_text
from workflows.values import NotJson, Variables

WAITED_FOR = frozenset((EventKind.MESSAGE, EventKind.TIMER, EventKind.SIGNAL, EventKind.CONDITIONAL))
"""The kinds of events that come from outside a token's own path; the others are thrown to whoever is around it."""


def open_events(m: Machine, node: Node, *, token: Token | None = None, scope: Scope | None = None) -> None:
    """Wait for the events of `node` on behalf of a token, or of a scope (an event sub-process's start)."""
    for index, definition in enumerate(node.events):
        if definition.kind in WAITED_FOR:
            event = Subscription(
                m.next_id(),
                kind=definition.kind,
                node=node.id,
                index=index,
                token=None if token is None else token.id,
                scope=None if scope is None else scope.id,
            )
            _describe(m, event, definition, _scope_of(m, event))
            add(m, event)


def close(m: Machine, event: Subscription, *, fired: bool = False) -> None:
    """Wait for the event no longer; a timer that has `fired` needs no clearing."""
    m.touch(event)
    owner = _owner(m, event)
    del m.state.subscriptions[event.id], owner.subscriptions[event.id]
    m.state.forget_subscription(event)
    m.on_rollback(_restore, m, event, owner)
    m.unchecked.pop(event.id, None)
    if event.incident is not None:
        incidents.forget_condition(m, event)
    if event.kind in (EventKind.MESSAGE, EventKind.SIGNAL):
        m.emit(SubscriptionClosed(event.id))
    elif event.kind is EventKind.TIMER and not fired:
        _clear_timer(m, event)


def close_all(m: Machine, owner: Token | Scope) -> None:
    """Wait no longer for any event on behalf of a token or scope."""
    if owner.subscriptions:
        for number in in_order(owner.subscriptions):
            close(m, m.state.subscriptions[number])


def clear_timers(m: Machine) -> None:
    """Take all timers back, while the instance is suspended."""
    for event in _timers(m):
        _clear_timer(m, event)


def set_timers(m: Machine) -> None:
    """Set all timers again, to the times at which they are due."""
    for event in _timers(m):
        _set_timer(m, event)


def put_off(m: Machine, event: Subscription, due: datetime) -> None:
    """Let a timer be due at another time."""
    m.touch(event)
    event.due = due.isoformat()
    _set_timer(m, event)


def fire(m: Machine, event: Subscription, values: Variables) -> None:
    """The event has happened: tell the element that waits for it."""
    if event.kind is EventKind.TIMER:
        _advance(m, event)
    node = m.nodes[event.node]
    m.behaviour(node).trigger(m, event, node, values)


def broadcast(m: Machine, name: str, values: Variables) -> None:
    """Deliver a signal to everything in the instance that waits for it now."""
    for number in in_order(m.state.by_name.get((EventKind.SIGNAL, name), ())):
        event = m.state.subscriptions.get(number)
        if event is not None:
            fire(m, event, values)


def check_conditions(m: Machine) -> None:
    """Fire the conditions that have become true since a variable that they read was last written."""
    while m.unchecked:
        number = min(m.unchecked)
        del m.unchecked[number]
        event = m.state.subscriptions.get(number)
        if event is not None:
            _check(m, event)


def _check(m: Machine, event: Subscription) -> None:
    condition = condition_of(m, event)
    savepoint = m.savepoint()
    try:
        now_true = variables.condition_holds(m, condition, _scope_of(m, event))
    except (ExpressionError, NotJson) as error:
        m.rollback(savepoint)
        if event.incident is None and _all_known(m, event, condition):
            incidents.raise_condition(m, event, str(error))
        return
    m.touch(event)
    if event.incident is not None:
        incidents.forget_condition(m, event)
    before, event.held = event.held, now_true
    if now_true and not before:
        fire(m, event, {})


def condition_of(m: Machine, event: Subscription) -> Expression:
    """Return the condition that a conditional subscription waits for."""
    expression = m.nodes[event.node].events[event.index].expression
    if expression is None:
        raise ExpressionError("", f"the conditional event {event.node} has no condition")
    return expression


def _all_known(m: Machine, event: Subscription, condition: Expression) -> bool:
    """A condition over a variable that is not there yet is not broken: it does not hold yet, as in Camunda."""
    known = variables.view(m, _scope_of(m, event))
    return all(name in known for name in condition.names)


def _describe(m: Machine, event: Subscription, definition: EventDefinition, scope: Scope) -> None:
    """Fill in what the subscription waits for, and tell the host."""
    if definition.kind is EventKind.TIMER:
        _schedule(m, event, definition, scope)
    elif definition.kind is EventKind.CONDITIONAL:
        condition = condition_of(m, event)
        limited = definition.variable_name
        event.names = (limited,) if limited else tuple(sorted(condition.names))
        m.unchecked[event.id] = None
    elif definition.name is None:
        raise ExpressionError("", f"the {definition.kind} event {event.node} has no name")
    else:
        event.name = variables.required_text(m, definition.name, scope, f"the {definition.kind} name")
        key = variables.text(m, definition.correlation_key, scope)
        if definition.correlation_key is not None and key is None:
            raise ExpressionError(definition.correlation_key.source, "the correlation key is null")
        m.emit(SubscriptionOpened(event.id, event.node, event.kind, event.name, key))


def _schedule(m: Machine, event: Subscription, definition: EventDefinition, scope: Scope) -> None:
    kind = definition.timer or TimerKind.DURATION
    if definition.expression is None:
        raise ExpressionError("", f"the timer event {event.node} has no time")
    value = variables.evaluate(m, definition.expression, scope)
    timer = timer_text(kind, value, definition.expression.source)
    due = parse_timer(kind, timer).due(m.now, 0)
    if due is None:
        raise ExpressionError(timer, "this timer is never due")
    event.due = due.isoformat()
    if kind is TimerKind.CYCLE:
        event.timer, event.anchor = timer, m.now.isoformat()
    _set_timer(m, event)


def _advance(m: Machine, event: Subscription) -> None:
    """Set a cycle to its next time; close a timer that has none."""
    m.touch(event)
    if event.timer is not None and event.anchor is not None and event.due is not None:
        schedule = parse_timer(TimerKind.CYCLE, event.timer)
        if isinstance(schedule, CronCycle):
            event.anchor = event.due
        else:
            event.count += 1
        due = schedule.due(parse_instant(event.anchor), event.count)
        if due is not None:
            event.due = due.isoformat()
            _set_timer(m, event)
            return
    close(m, event, fired=True)


def _timers(m: Machine) -> list[Subscription]:
    events = map(m.state.subscriptions.__getitem__, in_order(m.state.subscriptions))
    return [event for event in events if event.kind is EventKind.TIMER]


def _set_timer(m: Machine, event: Subscription) -> None:
    """Tell the host of a timer, unless the instance is suspended: then the host hears of it when it is resumed."""
    if m.state.status != "suspended" and event.due is not None:
        m.emit(TimerSet(event.id, event.node, parse_instant(event.due)))


def _clear_timer(m: Machine, event: Subscription) -> None:
    if m.state.status != "suspended":
        m.emit(TimerCleared(event.id))


def add(m: Machine, event: Subscription) -> None:
    """Wait for an event that is described already, and that the host knows of."""
    owner = _owner(m, event)
    m.state.subscriptions[event.id] = event
    owner.subscriptions[event.id] = None
    m.state.index_subscription(event)
    m.state.changed[event] = None
    m.on_rollback(_unadd, m, event, owner)


def _unadd(m: Machine, event: Subscription, owner: Token | Scope) -> None:
    del m.state.subscriptions[event.id], owner.subscriptions[event.id]
    m.state.forget_subscription(event)


def _restore(m: Machine, event: Subscription, owner: Token | Scope) -> None:
    m.state.subscriptions[event.id] = event
    owner.subscriptions[event.id] = None
    m.state.index_subscription(event)


def _owner(m: Machine, event: Subscription) -> Token | Scope:
    if event.token is not None:
        return m.tokens[event.token]
    assert event.scope is not None  # noqa: S101 - a subscription has one of the two
    return m.scopes[event.scope]


def _scope_of(m: Machine, event: Subscription) -> Scope:
    owner = _owner(m, event)
    return variables.scope_of(m, owner) if isinstance(owner, Token) else owner
