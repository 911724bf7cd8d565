"""Doing at once what several threads want at the same time."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from workflows.embedded.turns import Turns

_T = TypeVar("_T")
_MOST = 100
"""How many things are carried out together."""


@dataclass(slots=True, eq=False)
class _Brought(Generic[_T]):
    thing: _T
    taken: bool = False


class Gathering(Generic[_T]):
    """What threads bring, one thread at a time carries out: all that is there when its turn comes, of all of them.

    So a thread that comes alone waits for nobody, and while one is busy the next ones gather.
    `carry_out` notes in each thing what became of it; the thread that brought it looks there.
    """

    def __init__(self, carry_out: Callable[[Sequence[_T]], None]) -> None:
        self._carry_out = carry_out
        self._turns = Turns()
        self._waiting: deque[_Brought[_T]] = deque()

    @property
    def waiting(self) -> int:
        """How many things wait to be carried out."""
        return len(self._waiting)

    def bring(self, thing: _T) -> None:
        """Return once `thing` was carried out, by this thread or by another one; only the former raises its errors."""
        brought = _Brought(thing)
        self._waiting.append(brought)
        self._turns.take()
        try:
            while not brought.taken:
                self._carry_out(self._take())
        finally:
            self._turns.give()

    def _take(self) -> list[_T]:
        taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MOST))]
        for brought in taken:
            brought.taken = True
        return [brought.thing for brought in taken]
