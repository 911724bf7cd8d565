"""What each command does from outside: suspend, resume, modify, migrate, cancel, incidents, refusals."""

from dataclasses import replace

import pytest

from tests.core import drawing as d
from tests.core.player import NOW, Player
from workflows.core import State, activities_at, commands, effects, step
from workflows.core.commands import Command
from workflows.diagrams.graph import MultiInstance
from workflows.expressions.expression import Literal


def asking(*, conditional: bool = False) -> d.Drawing:
    drawing = d.Drawing()
    drawing.line("start", "ask", "end")
    if conditional:
        drawing.boundary("full", "ask", d.condition("x > 1"))
        drawing.line("full", "end_full")
    return drawing


def deciding() -> Player:
    drawing = d.Drawing()
    drawing.line("start", "xor", "end")
    drawing.flows[1] = replace(drawing.flows[1], condition=d.feel("open"))
    return Player(drawing.graph())


def test_an_answer_to_something_that_is_over_is_refused() -> None:
    player = Player(asking().graph()).start()
    wait = player.wait("ask").id
    player.complete("ask")
    assert "has ended" in player.refuses(commands.Complete(wait))


@pytest.mark.parametrize(
    "command",
    [
        commands.Complete(99),
        commands.CallFinished(99, {}),
        commands.Fail(99, "why"),
        commands.ThrowError(99, "E"),
        commands.Escalate(99, "S"),
        commands.TimerDue(99),
        commands.MessageArrived(99),
        commands.Resolve(99),
        commands.Resume(),
        commands.Modify(cancel=(99,)),
        commands.Modify(start=("nowhere",)),
        commands.Migrate("nowhere", {}),
        commands.SetVariables({"x": 1}, at=99),
        commands.Start(d.PROCESS),
    ],
    ids=repr,
)
def test_a_command_that_makes_no_sense_is_refused_and_changes_nothing(command: Command) -> None:
    player = Player(asking().graph()).start(x=1)
    assert player.refuses(command)
    player.complete("ask")
    assert player.status == "completed"


def test_nothing_but_a_start_is_taken_before_the_start() -> None:
    player = Player(asking().graph())
    assert "not started" in player.refuses(commands.Cancel())
    assert "no process" in player.refuses(commands.Start("nowhere"))
    assert "no element" in player.refuses(commands.Start(d.PROCESS, node="nowhere"))
    assert player.start().waiting == ["ask"]


def test_a_suspended_instance_refuses_answers_until_it_is_resumed() -> None:
    player = Player(asking().graph()).start()
    player.send(commands.Suspend())
    assert "resume it first" in player.refuses(commands.Complete(player.wait("ask").id))
    assert "already" in player.refuses(commands.Suspend())
    player.send(commands.Resume())
    player.complete("ask")
    assert player.status == "completed"


def test_a_condition_that_came_true_while_suspended_is_seen_at_resume() -> None:
    player = Player(asking(conditional=True).graph()).start(x=0)
    player.send(commands.Suspend())
    player.set(x=2)
    assert player.cancelled == []
    player.send(commands.Resume())
    assert player.cancelled == ["ask"]
    assert player.status == "completed"


def test_a_cancelled_instance_takes_back_all_that_it_waits_for() -> None:
    drawing = asking(conditional=True)
    drawing.boundary("late", "ask", d.timer("PT1H"))
    drawing.boundary("told", "ask", d.message("m"))
    player = Player(drawing.graph()).start(x=0)
    player.send(commands.Cancel())
    assert player.cancelled == ["ask"]
    assert len(player.heard(effects.UserTaskClosed)) == 1
    assert len(player.heard(effects.TimerCleared)) == 1
    assert len(player.heard(effects.SubscriptionClosed)) == 1
    assert player.heard(effects.InstanceFinished)[0].outcome == "cancelled"


def test_an_expression_that_fails_is_an_incident_and_resolve_goes_on_after_mending() -> None:
    player = deciding().start(open="perhaps")
    assert [incident.node for incident in player.heard(effects.IncidentRaised)] == ["xor"]
    player.send(commands.Resolve(player.incidents[0]))
    assert len(player.incidents) == 1
    player.set(open=True)
    player.send(commands.Resolve(player.incidents[0]))
    assert player.left == ["start", "xor", "end"]
    assert player.status == "completed"


def test_an_element_whose_expression_fails_has_done_nothing() -> None:
    player = deciding().start(open="perhaps")
    assert player.left == ["start"]
    assert [taken.flow for taken in player.heard(effects.FlowTaken)] == ["f1"]


def test_a_failed_job_is_an_incident_and_resolve_offers_it_again() -> None:
    drawing = d.Drawing()
    drawing.node("work", "serviceTask", job=d.job())
    drawing.line("start", "work", "end")
    player = Player(drawing.graph()).start()
    wait = player.wait("work").id
    player.send(commands.Fail(wait, "the printer is on fire"))
    assert player.heard(effects.IncidentRaised)[0].message == "the printer is on fire"
    assert "failed already" in player.refuses(commands.Fail(wait, "again"))
    player.send(commands.Resolve(player.incidents[0]))
    assert player.heard(effects.IncidentResolved)[0].wait == wait
    player.complete("work")
    assert player.status == "completed"


def test_an_error_that_nobody_catches_is_an_incident_at_its_element() -> None:
    player = Player(asking().graph()).start()
    player.send(commands.ThrowError(player.wait("ask").id, "E1", "no slot"))
    assert "E1: no slot" in player.heard(effects.IncidentRaised)[0].message
    player.send(commands.Resolve(player.incidents[0]))
    player.complete("ask")
    assert player.status == "completed"


def test_an_error_that_nobody_catches_fails_a_called_instance() -> None:
    player = Player(asking().graph())
    player.send(commands.Start(d.PROCESS, called=True))
    player.send(commands.ThrowError(player.wait("ask").id, "E1", "no slot"))
    finished = player.heard(effects.InstanceFinished)[0]
    assert (finished.outcome, finished.error_code, finished.error_message) == ("failed", "E1", "no slot")


def test_a_modification_cancels_and_starts_and_opens_the_sub_process_around() -> None:
    drawing = asking()
    drawing.node("sub", "subProcess")
    drawing.line("end0", "sub", "end3")
    drawing.line("start2", "inner", "end2", inside="sub")
    player = Player(drawing.graph()).start()
    activity = player.wait("ask").activity
    assert activity is not None
    player.send(commands.Modify((activity,), ("inner",), {"why": "asked"}))
    assert player.cancelled == ["ask"]
    assert player.waiting == ["inner"]
    player.complete("inner")
    assert player.left[-3:] == ["end2", "sub", "end3"]
    assert player.variables == {"why": "asked"}


def test_a_modification_that_cancels_the_last_activity_ends_the_instance() -> None:
    player = Player(asking().graph()).start()
    player.send(commands.Modify((player.wait("ask").activity or 0,)))
    assert player.status == "cancelled"


def test_a_modification_takes_one_run_out_of_a_loop_and_the_others_go_on() -> None:
    drawing = d.Drawing()
    drawing.node("each", "userTask", loop=MultiInstance(cardinality=Literal(3)))
    drawing.line("start", "each", "end")
    player = Player(drawing.graph()).start()
    player.send(commands.Modify((player.wait("each").activity or 0,)))
    player.complete("each")
    player.complete("each")
    assert player.status == "completed"


def test_a_modification_takes_a_token_that_waits_at_a_join() -> None:
    drawing = d.Drawing()
    drawing.line("start", "and_fork", "a", "and_join", "end")
    drawing.line("and_fork", "b", "and_join")
    player = Player(drawing.graph()).start()
    player.complete("a")
    (waiting,) = activities_at(player.state, "and_join")
    player.send(commands.Modify((waiting,), ("a",)))
    assert sorted(player.waiting) == ["a", "b"]
    player.complete("a")
    player.complete("b")
    assert player.status == "completed"


def test_a_modification_that_cancels_a_compensation_handler_goes_on_with_the_next() -> None:
    drawing = d.Drawing()
    for name in ("a", "b"):
        drawing.node(f"undo_{name}", "userTask", for_compensation=True)
        drawing.node(name, "userTask", compensation_handler=f"undo_{name}")
    drawing.node("undo", "intermediateThrowEvent", events=(d.compensate(),))
    drawing.line("start", "a", "b", "undo", "end")
    player = Player(drawing.graph()).start()
    player.complete("a")
    player.complete("b")
    player.send(commands.Modify((player.wait("undo_b").activity or 0,)))
    assert player.waiting == ["undo_a"]
    player.complete("undo_a")
    assert player.status == "completed"


def migrated(player: Player, newer: d.Drawing, **mapping: str) -> commands.Migrate:
    """Give the player a new version, and return the command that moves its instance there."""
    elements = {node.id: node.type for node in player.graph.nodes.values()}
    player.graph = newer.graph()
    return commands.Migrate(d.PROCESS, elements, mapping)


def test_a_migration_moves_what_waits_and_opens_new_boundary_events() -> None:
    player = Player(asking().graph()).start()
    newer = d.Drawing()
    newer.line("start", "question", "check", "end")
    newer.boundary("late", "question", d.timer("PT1H"))
    newer.line("late", "end_late")
    player.send(migrated(player, newer, ask="question"))
    assert player.waiting == ["question", "late"]
    player.complete("question")
    assert player.waiting == ["check"]


def test_a_migration_that_leaves_something_without_a_place_says_what_and_changes_nothing() -> None:
    player = Player(asking().graph()).start()
    older = player.graph
    newer = d.Drawing()
    newer.line("start", "question", "end")
    assert "ask" in player.refuses(migrated(player, newer))
    player.graph = older
    player.complete("ask")
    assert player.status == "completed"


def test_a_migration_refuses_a_counterpart_that_is_something_else() -> None:
    older = d.Drawing()
    older.node("each", "userTask", loop=MultiInstance(cardinality=Literal(2)))
    older.line("start", "each", "end")
    player = Player(older.graph()).start()
    worked, once = d.Drawing(), d.Drawing()
    worked.node("each", "serviceTask", job=d.job())
    for newer, why in (
        (worked, "a userTask, can't become each, a serviceTask"),
        (once, "repeats in another way"),
    ):
        newer.line("start", "each", "end")
        assert why in player.refuses(migrated(player, newer))
        player.graph = older.graph()
    player.complete("each")
    player.complete("each")
    assert player.status == "completed"


def test_a_reminder_that_was_given_is_not_given_again_after_a_migration() -> None:
    older = asking()
    older.boundary("remind", "ask", d.timer("PT1H"), interrupting=False)
    older.line("remind", "end_told")
    player = Player(older.graph()).start()
    player.due("remind")
    newer = asking()
    newer.boundary("nudge", "ask", d.timer("PT1H"), interrupting=False)
    newer.line("nudge", "end_told")
    player.send(migrated(player, newer, remind="nudge"))
    assert player.waiting == ["ask"]


def test_a_migration_opens_new_events_once_for_a_task_that_waits_for_its_continuation() -> None:
    older = d.Drawing()
    older.node("ask", "userTask", async_before=True)
    older.line("start", "ask", "end")
    player = Player(older.graph()).start()
    newer = d.Drawing()
    newer.node("ask", "userTask", async_before=True)
    newer.line("start", "ask", "end")
    newer.boundary("late", "ask", d.timer("PT1H"))
    newer.line("late", "off")
    player.send(migrated(player, newer))
    player.complete("ask")
    assert sorted(player.waiting) == ["ask", "late"]


def test_a_migration_waits_for_the_events_of_a_new_event_sub_process() -> None:
    player = Player(asking().graph()).start()
    newer = asking()
    newer.node("told", "subProcess", triggered_by_event=True)
    newer.node("begin", "startEvent", inside="told", events=(d.message("m"),))
    newer.line("begin", "inner", "end_inner", inside="told")
    player.send(migrated(player, newer))
    assert player.waiting == ["ask", "begin"]
    player.message("begin")
    assert player.cancelled == ["ask"]


def test_a_long_step_is_cut_and_continued() -> None:
    drawing = d.Drawing()
    drawing.line("start", *[drawing.node(f"t{number}", "task") for number in range(30)], "end")
    graph, state = drawing.graph(), State()
    done = step(graph, state, commands.Start(d.PROCESS), NOW, limit=10)
    told = list(done.effects)
    cuts = 0
    while done.more:
        state = State.from_json(state.to_json())
        done = step(graph, state, commands.Continue(), NOW, limit=10)
        told += done.effects
        cuts += 1
    assert cuts == 3
    assert told == list(step(graph, State(), commands.Start(d.PROCESS), NOW).effects)


def test_what_a_refused_step_gave_numbers_to_is_not_removed_with_the_next_one() -> None:
    player = Player(asking().graph()).start()
    with pytest.raises(TypeError):
        player.send(commands.Modify(start=("ask",), variables={"x": float("inf")}))
    player.send(commands.Modify(start=("ask",)))
    assert len(player.waiting) == 2
