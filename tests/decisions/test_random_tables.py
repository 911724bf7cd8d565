"""Random tables against an evaluation so simple that it can be read at a glance."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decisions.drawing import compiled, decide, table
from workflows.decisions import DecisionError

Cell = tuple[str, int, int]  # kind, low, high

CELLS = st.tuples(st.sampled_from(["any", "below", "at", "between", "outside"]), st.integers(0, 6), st.integers(0, 6))
INPUTS = st.tuples(st.integers(-1, 7), st.integers(-1, 7))


@dataclass(frozen=True)
class Row:
    cells: tuple[Cell, Cell]
    output: int

    def matches(self, inputs: tuple[int, int]) -> bool:
        return all(passes(cell, value) for cell, value in zip(self.cells, inputs, strict=True))


ROWS = st.lists(st.builds(Row, st.tuples(CELLS, CELLS), st.integers(0, 3)), max_size=6)
AGGREGATES: dict[str, Callable[[list[int]], int]] = {"SUM": sum, "MIN": min, "MAX": max, "COUNT": len}


def text(cell: Cell) -> str:
    kind, low, high = cell
    return {
        "any": "-",
        "below": f"< {low}",
        "at": f"{low}, {high}",
        "between": f"[{low}..{high}]",
        "outside": f"not({low}, > {high})",
    }[kind]


def passes(cell: Cell, value: int) -> bool:
    kind, low, high = cell
    return {
        "any": True,
        "below": value < low,
        "at": value in (low, high),
        "between": low <= value <= high,
        "outside": not (value == low or value > high),
    }[kind]


def output(rows: list[Row], inputs: tuple[int, int], policy: str, more: str = "", allowed: str = "") -> object:
    body = table(
        [([text(cell) for cell in row.cells], [str(row.output)]) for row in rows],
        inputs=("a", "b"),
        policy=policy,
        more=more,
        allowed=("", allowed),
    )
    return decide(compiled(body), a=inputs[0], b=inputs[1]).output


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, inputs=INPUTS)
def test_single_hit_policies_agree_with_a_naive_evaluation(rows: list[Row], inputs: tuple[int, int]) -> None:
    found = [row.output for row in rows if row.matches(inputs)]
    assert output(rows, inputs, "FIRST") == (found[0] if found else None)
    best = min(found, key=[3, 1, 0, 2].index) if found else None
    assert output(rows, inputs, "PRIORITY", allowed="3, 1, 0, 2") == best
    for policy, violated in (("UNIQUE", len(found) > 1), ("ANY", len(set(found)) > 1)):
        try:
            result = output(rows, inputs, policy)
        except DecisionError:
            assert violated
        else:
            assert not violated
            assert result == (found[0] if found else None)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, inputs=INPUTS)
def test_multiple_hit_policies_agree_with_a_naive_evaluation(rows: list[Row], inputs: tuple[int, int]) -> None:
    found = [row.output for row in rows if row.matches(inputs)]
    assert output(rows, inputs, "COLLECT") == (found or None)
    assert output(rows, inputs, "RULE ORDER") == (found or None)
    ordered = sorted(found, key=[3, 1, 0, 2].index)
    assert output(rows, inputs, "OUTPUT ORDER", allowed="3, 1, 0, 2") == (ordered or None)
    for name, aggregate in AGGREGATES.items():
        expected = aggregate(found) if found else None
        assert output(rows, inputs, "COLLECT", f'aggregation="{name}"') == expected
