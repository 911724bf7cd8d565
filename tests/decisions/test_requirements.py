"""Requirement graphs: decisions that need others, as the two engines have it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.decisions.drawing import compiled, decide, literal, read, requires
from workflows.decisions import DecisionError, DecisionGraph
from workflows.expressions.dialect import Dialect


@pytest.fixture(scope="module", params=["dish-camunda7.dmn", "dish-camunda8.dmn"])
def dishes(request: pytest.FixtureRequest) -> DecisionGraph:
    return read(str(request.param))


def test_required_decisions_are_evaluated_first_and_once(dishes: DecisionGraph) -> None:
    result = decide(dishes, "beverages", temperature=5, day="Weekday")
    assert result.output == ["Bordeaux", "Apple Juice"]
    assert [decision.decision_id for decision in result.evaluated] == ["season", "guestCount", "dish", "beverages"]


def test_rules_of_every_decision_are_known_for_the_audit(dishes: DecisionGraph) -> None:
    result = decide(dishes, "dish", temperature=35, day="Holiday")
    assert result.output == "Light Salad and a nice Steak"
    assert {each.decision_id: each.matched_rules for each in result.evaluated} == {
        "season": ("season_rule_1",),
        "guestCount": ("guests_rule_2",),
        "dish": ("dish_rule_4",),
    }


def test_decision_alone_evaluates_nothing_else(dishes: DecisionGraph) -> None:
    result = decide(dishes, "season", temperature=20)
    assert (result.output, len(result.evaluated)) == ("Spring", 1)


def test_unknown_decision_is_an_error_that_names_the_known(dishes: DecisionGraph) -> None:
    with pytest.raises(DecisionError, match="no such decision; there is beverages, dish, guestCount, season"):
        decide(dishes, "lunch")


def test_versions_and_history_are_read_from_either_dialect() -> None:
    seven, eight = read("dish-camunda7.dmn"), read("dish-camunda8.dmn")
    assert (seven.dialect, eight.dialect) == (Dialect.CAMUNDA7, Dialect.CAMUNDA8)
    assert (seven.decisions["dish"].version_tag, eight.decisions["dish"].version_tag) == ("1.2", "1.2")
    assert (seven.decisions["dish"].history_time_to_live, eight.decisions["dish"].history_time_to_live) == (30, None)


def test_input_data_of_the_wrong_type_is_an_error(dishes: DecisionGraph) -> None:
    with pytest.raises(DecisionError, match=r"the input 'temperature' does not fit: 'hot' is no (integer|number)"):
        decide(dishes, "season", temperature="hot")


def test_camunda_8_knows_a_result_by_id_name_and_variable() -> None:
    needed = literal("7", "n").replace('name="n">', 'name="The Number"><variable name="result of n"/>')
    graph = compiled(needed + literal("[n, The Number, result of n]", more=requires("n")))
    assert decide(graph).output == [7, 7, 7]


@pytest.mark.parametrize("name", ["Base fee", "first-rate price", "profit and loss", "Was/Is  ratio", "Größe"])
def test_results_go_by_names_of_several_words_and_signs(name: str) -> None:
    graph = compiled(literal("7", "n", name) + literal(f"{name} + 1", more=requires("n")))
    assert decide(graph).output == 8


def test_camunda_8_shows_only_what_a_decision_requires_itself() -> None:
    body = literal("1", "a") + literal("2", "b", more=requires("a")) + literal("[a, b]", more=requires("b"))
    assert decide(compiled(body)).output == [None, 2]


def test_camunda_7_shows_what_required_decisions_needed_too() -> None:
    body = "".join(
        literal(text, id_, more=f'<variable name="{id_}"/>{needs}')
        for text, id_, needs in (("1", "a", ""), ("2", "b", requires("a")), ("[a, b]", "d", requires("b")))
    )
    assert decide(compiled(body, "Camunda Platform")).output == [1, 2]


def test_results_hide_variables_of_the_process() -> None:
    graph = compiled(literal("1", "a") + literal("a", more=requires("a")))
    assert decide(graph, a=99).output == 1


def test_results_keep_the_types_that_json_has_not() -> None:
    body = literal('date("2026-03-01")', "a") + literal('string(a.year) + string(a + @"P1D")', more=requires("a"))
    assert decide(compiled(body)).output == "20262026-03-02"


def test_hundreds_of_decisions_in_a_row_are_no_trouble() -> None:
    chain = literal("0", "d0") + "".join(
        literal(f"d{index - 1} + 1", f"d{index}", more=requires(f"d{index - 1}")) for index in range(1, 800)
    )
    assert decide(compiled(chain), "d799").output == 799


def test_function_as_the_result_is_an_error() -> None:
    with pytest.raises(DecisionError, match="function"):
        decide(compiled(literal("function(a) a")))


def test_graph_is_shared_by_threads(dishes: DecisionGraph) -> None:
    def season(temperature: int) -> object:
        return decide(dishes, "season", temperature=temperature).output

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(season, [-5, 20, 40] * 30))
    assert answers == ["Winter", "Spring", "Summer"] * 30
