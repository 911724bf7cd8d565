"""The language of expected traces says no where it has to."""

import pytest

from tests.conformance.running import follows


@pytest.mark.parametrize("entered", ["a b c d", "a c b d", "a c d b"])
def test_branches_may_run_in_any_order_each_in_its_own(entered: str) -> None:
    assert follows(entered.split(), ["a", "b | c d"])


@pytest.mark.parametrize("entered", ["", "a", "a b c", "b a c d", "a d c b", "a b c d d", "a b b c d"])
def test_another_trace_does_not_follow(entered: str) -> None:
    assert not follows(entered.split(), ["a", "b | c d"])


def test_nothing_is_expected_to_follow_from_nothing() -> None:
    assert follows([], [])
    assert not follows(["a"], [])
