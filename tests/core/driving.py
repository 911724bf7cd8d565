"""Driving an instance at random: each number picks the next of all commands that make sense now."""

from collections.abc import Iterator, Sequence

from hypothesis import reject

from tests.core.player import EndlessError, Player
from workflows.core import Wait, commands, open_waits
from workflows.core.commands import Command
from workflows.diagrams.graph import Graph
from workflows.embedded.cores import CORES, DEFAULT_CORE, Core
from workflows.values import Variables

ANSWERED = ("job", "userTask", "script", "decision", "call", "asyncBefore", "asyncAfter")
MOST_STEPS = 500


def drive(player: Player, choices: Sequence[int]) -> None:
    """Send a command for each choice, while there is something to do."""
    for choice in choices:
        if player.status not in ("active", "suspended"):
            return
        possible = list(possible_commands(player, choice))
        player.send(possible[choice % len(possible)])


def possible_commands(player: Player, choice: int) -> Iterator[Command]:
    """Return the commands that make sense now; `choice` decides what answers say."""
    if player.status == "suspended":
        yield commands.Resume()
        yield commands.SetVariables({"x": choice % 3})
        return
    values: Variables = {"x": choice // 7 % 3}
    for wait in open_waits(player.state):
        yield from _answers(wait, values, choice)
    for incident in player.incidents:
        yield commands.Resolve(incident)
    yield commands.SetVariables(dict(values))
    for name in ("go", "ring"):
        yield commands.SignalArrived(name, dict(values))
    if choice % 5 == 0:
        yield commands.Suspend()


def _answers(wait: Wait, values: Variables, choice: int) -> Iterator[Command]:
    if wait.kind in ANSWERED:
        yield _answer(wait, choice)
        if choice % 3 == 0 and not wait.kind.startswith("async"):
            yield commands.ThrowError(wait.id, "E", "", dict(values))
        if choice % 3 == 1 and wait.kind in ("job", "userTask", "call"):
            yield commands.Escalate(wait.id, "S", dict(values))
    elif wait.kind == "message":
        yield commands.MessageArrived(wait.id, dict(values))
    elif wait.kind == "timer":
        yield commands.TimerDue(wait.id)


def _answer(wait: Wait, choice: int) -> Command:
    if wait.kind == "call":
        return commands.CallFinished(wait.id, {"x": choice // 7 % 3})
    return commands.Complete(wait.id, {} if wait.kind.startswith("async") else {"x": choice // 7 % 3})


def finish(player: Player) -> None:
    """Answer whatever is waited for, until nothing is or the instance has ended."""
    if player.status == "suspended":
        player.send(commands.Resume())
    for _ in range(MOST_STEPS):
        command = _next(player) if player.status == "active" else None
        if command is None:
            return
        player.send(command)
    raise AssertionError(f"the instance still waits at {player.waiting} after {MOST_STEPS} answers")


def _next(player: Player) -> Command | None:
    """Prefer what moves the instance on for good: work before events, events on a path before those beside it."""
    for incident in player.incidents:
        return commands.Resolve(incident)
    waits = open_waits(player.state)
    for wait in waits:
        if wait.kind in ANSWERED:
            return _answer(wait, 0)
    beside = ("boundaryEvent", "startEvent")
    on_path = (wait for wait in waits if player.graph.nodes[wait.node].type not in beside)
    return next((_happening(wait, player) for wait in on_path), None)


def _happening(wait: Wait, player: Player) -> Command:
    """Return the command with which what an event waits for happens."""
    if wait.kind == "message":
        return commands.MessageArrived(wait.id)
    if wait.kind == "timer":
        return commands.TimerDue(wait.id)
    if wait.kind == "signal":
        return commands.SignalArrived(wait.name or "")
    return commands.SetVariables({"x": 0 if player.variables.get("x") == 2 else 2})


def run(graph: Graph, choices: Sequence[int], *, check: bool = True, core: Core = CORES[DEFAULT_CORE]) -> Player:
    """Play an instance by `choices` and then to its end."""
    player = Player(graph, core, check=check)
    try:
        player.start(x=0)
        drive(player, choices)
        finish(player)
    except EndlessError:
        reject()
    return player
