"""Threads that want the same at the same time: one does it for all, and each hears what became of its own."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from workflows.embedded.gathering import Gathering

from .test_background import eventually


class Carrier:
    """Notes what it carries out together; the first time it waits until it is told to go on."""

    def __init__(self) -> None:
        self.carried: list[list[str]] = []
        self.begun = Event()
        self.go_on = Event()

    def __call__(self, things: Sequence[str]) -> None:
        self.carried.append(list(things))
        if not self.begun.is_set():
            self.begun.set()
            assert self.go_on.wait(60)
        if "bad" in things:
            raise ValueError(things)


def test_what_comes_while_one_is_busy_is_carried_out_together() -> None:
    carrier = Carrier()
    gathering = Gathering(carrier)
    with ThreadPoolExecutor(5) as threads:
        first = threads.submit(gathering.bring, "first")
        assert carrier.begun.wait(60)
        others = [threads.submit(gathering.bring, name) for name in "abcd"]
        assert eventually(lambda: gathering.waiting == len(others), 60)
        carrier.go_on.set()
        for brought in (first, *others):
            brought.result(60)
    assert [sorted(things) for things in carrier.carried] == [["first"], ["a", "b", "c", "d"]]
    gathering.bring("last")
    assert carrier.carried[2:] == [["last"]]


def test_who_carries_out_hears_of_an_error_and_nobody_waits_for_ever() -> None:
    carrier = Carrier()
    gathering = Gathering(carrier)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(gathering.bring, "first")
        assert carrier.begun.wait(60)
        others = [threads.submit(gathering.bring, name) for name in ("bad", "good")]
        assert eventually(lambda: gathering.waiting == len(others), 60)
        carrier.go_on.set()
        first.result(60)
        errors = [type(brought.exception(60)) for brought in others]
    assert sorted(errors, key=str) == [type(None), ValueError]
    with pytest.raises(ValueError, match="bad"):
        gathering.bring("bad")
    gathering.bring("good")
    assert carrier.carried[-1] == ["good"]
