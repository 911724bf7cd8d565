"""Variables: where they are written, who sees them, and that no two of them ever share a part."""

import pytest

from tests.core import drawing as d
from tests.core.player import Player
from workflows.core import commands, effects, visible_variables
from workflows.diagrams.graph import CallDefinition, MultiInstance
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Literal
from workflows.values import NotJson, Variables


def two_branches() -> Player:
    drawing = d.Drawing()
    drawing.line("start", "and1", "left", "and2", "last", "end")
    drawing.line("and1", "right", "and2")
    return Player(drawing.graph())


def inside_sub(**fields: object) -> d.Drawing:
    drawing = d.Drawing()
    drawing.node("sub", "subProcess")
    drawing.line("start", "sub", "after", "end")
    drawing.data("sub", "note")
    drawing.node("inner", "userTask", inside="sub", **fields)
    drawing.line("start2", "inner", "end2", inside="sub")
    return drawing


def test_a_value_set_in_one_branch_is_not_brought_back_by_the_other() -> None:
    player = two_branches().start(slot=None, tries=[1])
    player.complete("left", slot={"at": [9]}, tries=[1, 2])
    player.complete("right")
    assert player.variables == {"slot": {"at": [9]}, "tries": [1, 2]}


def test_branches_that_write_different_variables_keep_both() -> None:
    player = two_branches().start()
    player.complete("right", b=[2])
    player.complete("left", a=[1])
    assert player.variables == {"a": [1], "b": [2]}


def test_lists_of_two_branches_are_never_merged_the_last_one_stands() -> None:
    player = two_branches().start(items=[{"n": 1}, {"n": 2}])
    player.complete("left", items=[{"n": 3}])
    player.complete("right", items=[{"n": 4}, {"n": 5}, {"n": 6}])
    assert player.variables["items"] == [{"n": 4}, {"n": 5}, {"n": 6}]


def test_what_a_caller_keeps_of_its_answer_is_not_part_of_the_instance() -> None:
    answer: Variables = {"rows": [{"n": 1}]}
    player = two_branches().start()
    player.send(commands.Complete(player.wait("left").id, answer))
    answer["rows"][0]["n"] = 2  # type: ignore[index,call-overload]  # the shape is given above
    assert player.variables == {"rows": [{"n": 1}]}


def test_what_is_read_is_not_part_of_the_instance() -> None:
    player = two_branches().start(rows=[[1]])
    visible_variables(player.state, player.wait("left").id)["rows"].append(2)  # type: ignore[union-attr]  # a list
    player.variables["rows"].append(3)  # type: ignore[union-attr]  # a list
    written = player.heard(effects.VariableWritten)[0].value
    written.append(4)  # type: ignore[union-attr]  # a list
    assert player.variables == {"rows": [[1]]}


def test_a_script_that_copies_a_variable_makes_a_value_of_its_own() -> None:
    drawing = d.Drawing()
    drawing.node("copy", "scriptTask", script=d.sets("b", "a"))
    drawing.line("start", "copy", "ask", "end")
    player = Player(drawing.graph()).start(a=[{"n": 1}])
    scope = player.state.scopes[player.state.root or 0].variables
    assert scope["a"] == scope["b"]
    assert scope["a"] is not scope["b"]


def test_a_name_that_a_sub_process_knows_is_written_there_and_goes_with_it() -> None:
    player = Player(inside_sub().graph()).start()
    player.complete("inner", note="hidden", seen="kept")
    assert player.variables == {"seen": "kept"}


def test_a_name_that_nobody_knows_is_written_to_the_process() -> None:
    player = Player(inside_sub().graph()).start()
    player.complete("inner", fresh=1)
    assert player.variables == {"fresh": 1}


def test_the_nearest_scope_that_knows_a_name_hides_the_others() -> None:
    player = Player(inside_sub().graph()).start(note="outer")
    assert visible_variables(player.state, player.wait("inner").id) == {"note": None}
    player.complete("inner", note="inner")
    assert player.variables == {"note": "outer"}


def test_a_local_result_reaches_the_process_only_by_output_mappings() -> None:
    drawing = inside_sub(local_result=True, outputs=(d.mapping("taken", "answer + 1"),))
    player = Player(drawing.graph()).start()
    player.complete("inner", answer=1, noise=2)
    assert player.variables == {"taken": 2}


def test_a_dotted_target_sets_a_path_and_keeps_what_stands_beside_it() -> None:
    drawing = inside_sub(outputs=(d.mapping("person.address.city", '"Bern"'),))
    player = Player(drawing.graph()).start(person={"name": "Ann", "address": {"zip": 1}})
    player.complete("inner")
    assert player.variables == {"person": {"name": "Ann", "address": {"zip": 1, "city": "Bern"}}}


def test_a_dotted_target_replaces_what_is_no_object() -> None:
    drawing = inside_sub(outputs=(d.mapping("person.name", '"Ann"'),))
    player = Player(drawing.graph()).start(person="nobody")
    player.complete("inner")
    assert player.variables == {"person": {"name": "Ann"}}


def test_a_camunda_8_input_sees_the_inputs_before_it_and_a_camunda_7_input_does_not() -> None:
    inputs = (d.mapping("a", "1"), d.mapping("b", "if a = null then 0 else a + 1"))
    for dialect, b in ((Dialect.CAMUNDA8, 2), (Dialect.CAMUNDA7, 0)):
        drawing = d.Drawing(dialect)
        drawing.node("task", "userTask", inputs=inputs)
        drawing.line("start", "task", "end")
        player = Player(drawing.graph()).start(a=None)
        assert visible_variables(player.state, player.wait("task").id) == {"a": 1, "b": b}


def test_each_run_of_a_multi_instance_task_has_its_own_item_and_results_stay_in_order() -> None:
    drawing = d.Drawing()
    loop = MultiInstance(
        collection=d.feel("items"), element_variable="item", output_collection="out", output_element=d.feel("answer")
    )
    drawing.node("each", "userTask", loop=loop, local_result=True)
    drawing.line("start", "each", "end")
    player = Player(drawing.graph()).start(items=["a", "b", "c"])
    waits = list(player.state.waits)
    assert [visible_variables(player.state, wait)["item"] for wait in waits] == ["a", "b", "c"]
    for wait in reversed(waits):
        player.send(commands.Complete(wait, {"answer": wait}))
    assert player.variables == {"items": ["a", "b", "c"], "out": waits}


def test_a_run_that_overwrites_the_loop_counter_still_answers_in_its_own_place() -> None:
    drawing = d.Drawing()
    loop = MultiInstance(cardinality=Literal(2), output_collection="out", output_element=d.feel("answer"))
    drawing.node("each", "userTask", loop=loop, local_result=True)
    drawing.line("start", "each", "end")
    player = Player(drawing.graph()).start()
    player.complete("each", loopCounter=7, answer="first")
    player.complete("each", loopCounter="none", answer="second")
    assert player.variables == {"out": ["first", "second"]}


def test_a_called_process_gets_copies_and_gives_back_only_what_is_mapped() -> None:
    drawing = d.Drawing()
    call = CallDefinition(Literal("other"), inputs=(d.mapping("a", "x"),), outputs=(d.mapping("y", "b"),))
    drawing.node("call", "callActivity", call=call)
    drawing.line("start", "call", "end")
    player = Player(drawing.graph()).start(x=[1], secret=2)
    assert player.heard(effects.CallRequested)[0].variables == {"a": [1]}
    player.complete("call", b=[3], a="changed", secret="changed")
    assert player.variables == {"x": [1], "secret": 2, "y": [3]}


def test_what_a_value_can_not_be_is_refused_and_changes_nothing() -> None:
    player = two_branches().start(x=1)
    before = player.state.to_json()
    odd = commands.SetVariables({"x": 3, "y": float("nan")})
    with pytest.raises(NotJson, match="y is nan"):
        player.send(odd)
    assert player.state.to_json() == before
