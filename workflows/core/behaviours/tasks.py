"""Tasks: what they ask of the outside, and what the core does itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from workflows.core import subscriptions, tokens, variables, waits
from workflows.core.behaviours.activities import Activity
from workflows.core.behaviours.base import chosen, happened, receive
from workflows.core.behaviours.jobs import create_job
from workflows.core.behaviours.throwing import throw_message
from workflows.core.effects import DecisionRequested, ScriptRequested, UserTaskOpened
from workflows.core.machine import Machine
from workflows.core.records import Phase, Scope, Subscription, Token, WaitKind
from workflows.diagrams.graph import DecisionDefinition, EventKind, Node, ScriptDefinition
from workflows.errors import ExpressionError
from workflows.expressions.expression import Expression
from workflows.timers import parse_instant
from workflows.values import Variables

_PRIORITY = 50


class WorkTask(Activity):
    """A service, business rule, script or undefined task: does what its definition says, if it has one."""

    def perform(self, m: Machine, token: Token, node: Node) -> None:
        if node.job is not None:
            create_job(m, token, node, node.job)
        elif node.decision is not None:
            _request_decision(m, token, node, node.decision)
        elif node.script is not None:
            _run_script(m, token, node, node.script)
        else:
            self.complete(m, token, node)


class UserTask(Activity):
    """A person has to do something."""

    def perform(self, m: Machine, token: Token, node: Node) -> None:
        if node.job is not None:
            create_job(m, token, node, node.job)
            return
        scope, user = variables.scope_of(m, token), node.user_task
        assignee = groups = users = due = follow_up = None
        priority = _PRIORITY
        if user is not None:
            assignee = variables.text(m, user.assignee, scope) or None
            users, groups = _names(m, user.candidate_users, scope), _names(m, user.candidate_groups, scope)
            due, follow_up = _instant(m, user.due_date, scope), _instant(m, user.follow_up_date, scope)
            priority = variables.number(m, user.priority, scope, _PRIORITY)
        wait = waits.open_wait(m, token, WaitKind.USER_TASK)
        activity = tokens.entered(m, token)
        m.emit(UserTaskOpened(wait, node.id, activity, assignee, users or (), groups or (), due, follow_up, priority))


class SendTask(WorkTask):
    """Sends its message: by a job where it has one, else through the host."""

    def perform(self, m: Machine, token: Token, node: Node) -> None:
        message = next((event for event in node.events if event.kind is EventKind.MESSAGE), None)
        if node.job is not None or message is None:
            super().perform(m, token, node)
        else:
            throw_message(m, token, node, message)
            self.complete(m, token, node)


class ReceiveTask(Activity):
    """Waits for its message."""

    waits = True

    def perform(self, m: Machine, token: Token, node: Node) -> None:
        m.touch(token)
        token.phase = Phase.WAIT
        subscriptions.open_events(m, node, token=token)

    def trigger(self, m: Machine, event: Subscription, node: Node, variables: Variables) -> None:
        token = m.tokens[event.token or 0]
        if token.node != node.id:
            chosen(m, token, node)
            happened(m, token, node, variables)
        else:
            subscriptions.close(m, event)
            receive(m, token, node, variables)
            tokens.queue(m, token, Phase.COMPLETE, first=True)


def _request_decision(m: Machine, token: Token, node: Node, decision: DecisionDefinition) -> None:
    scope = variables.scope_of(m, token)
    name = variables.required_text(m, decision.decision, scope, "the decision's id")
    version = variables.text(m, decision.version, scope)
    wait = waits.open_wait(m, token, WaitKind.DECISION)
    m.emit(DecisionRequested(wait, node.id, name, decision.binding, version))


def _run_script(m: Machine, token: Token, node: Node, script: ScriptDefinition) -> None:
    if script.expression is None:
        m.emit(ScriptRequested(waits.open_wait(m, token, WaitKind.SCRIPT), node.id))
        return
    value = variables.evaluate(m, script.expression, variables.scope_of(m, token))
    if script.result_variable is not None:
        receive(m, token, node, {script.result_variable: value})
    tokens.queue(m, token, Phase.COMPLETE, first=True)


def _names(m: Machine, expression: Expression | None, scope: Scope) -> tuple[str, ...]:
    """Return a list of names, which may be given as comma-separated text."""
    value = None if expression is None else variables.evaluate(m, expression, scope)
    if value is None or expression is None:
        return ()
    if isinstance(value, str):
        return tuple(name for part in value.split(",") if (name := part.strip()))
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(cast("Sequence[str]", value))
    raise ExpressionError(expression.source, "candidates are given as a list of names or as comma-separated text")


def _instant(m: Machine, expression: Expression | None, scope: Scope) -> datetime | None:
    value = variables.text(m, expression, scope)
    return parse_instant(value) if value else None
