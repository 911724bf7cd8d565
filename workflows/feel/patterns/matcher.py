"""Patterns to instructions, and texts through them, all alternatives at once."""

from dataclasses import dataclass
from functools import lru_cache

from workflows.feel.frames import Evaluation
from workflows.feel.patterns.characters import Test
from workflows.feel.patterns.syntax import (
    Anchor,
    Character,
    Choice,
    Group,
    Part,
    PatternError,
    Repeat,
    Sequence,
    parse,
)

MAX_INSTRUCTIONS = 5_000
_SLOTS_A_STEP = 32  # slots of groups that one step of the budget copies

Slots = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Consume:
    """Take one character and go on behind."""

    test: Test


@dataclass(frozen=True, slots=True)
class Fork:
    """Go on at `first`, or, less gladly, at `second`."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Save:
    """Remember the place in a slot: two for each group."""

    slot: int


@dataclass(frozen=True, slots=True)
class Assert:
    """Go on only at an anchor."""

    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Accept:
    """The pattern is matched."""


Instruction = Consume | Fork | Save | Assert | Accept


@dataclass(frozen=True, slots=True)
class Match:
    """A match: the text, and for each group where it starts and ends."""

    text: str
    slots: Slots

    @property
    def start(self) -> int:
        return self.slots[0] or 0

    @property
    def end(self) -> int:
        return self.slots[1] or 0

    def group(self, number: int) -> str:
        """Return the text of a group, empty when it took no part."""
        start, end = self.slots[2 * number : 2 * number + 2]
        return "" if start is None or end is None else self.text[start:end]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern."""

    program: tuple[Instruction, ...]
    groups: int

    def search(self, evaluation: Evaluation, text: str, start: int) -> Match | None:
        """Return the first match at or behind `start`; among those, the one the pattern prefers."""
        best: Slots | None = None
        empty: Slots = (None,) * (2 * self.groups + 2)
        price = 1 + len(empty) // _SLOTS_A_STEP
        front = _Front(self.program, text, start)
        for position in range(start, len(text) + 1):
            if best is None:
                front.reach(0, empty)
            evaluation.spend(1 + price * len(front.seen))
            following = _Front(self.program, text, position + 1)
            for address, slots in front.waiting.items():
                instruction = self.program[address]
                if isinstance(instruction, Accept):
                    best = slots
                    break
                if position < len(text) and isinstance(instruction, Consume) and instruction.test(text[position]):
                    following.reach(address + 1, slots)
            front = following
            if not front.waiting and best is not None:
                break
        return None if best is None else Match(text, best)

    def find_all(self, evaluation: Evaluation, text: str) -> list[Match]:
        """Return all matches that do not overlap, from left to right."""
        found: list[Match] = []
        position = 0
        while position <= len(text):
            match = self.search(evaluation, text, position)
            if match is None:
                break
            found.append(match)
            position = match.end if match.end > match.start else match.end + 1
        return found

    def parse_replacement(self, text: str) -> list[str | int]:
        """Return a replacement as its texts and group numbers; raise `PatternError` where it is none."""
        parts: list[str | int] = []
        position = 0
        while position < len(text):
            character, following = text[position], text[position + 1 : position + 2]
            if character == "\\":
                if following not in ("\\", "$"):
                    raise PatternError
                parts.append(following)
            elif character == "$":
                if not following or following not in "0123456789":
                    raise PatternError
                parts.append(int(following) if int(following) <= self.groups else "")
            else:
                parts.append(character)
                position -= 1
            position += 2
        return parts


class _Front:
    """The alternatives alive at one position of a text.

    `waiting` are the instructions that wait for a character, in order of preference, with their slots; `seen` are
    all that were reached here, so that each is followed once for each character of the text.
    """

    __slots__ = ("position", "program", "seen", "text", "waiting")

    def __init__(self, program: tuple[Instruction, ...], text: str, position: int) -> None:
        self.program = program
        self.text = text
        self.position = position
        self.waiting: dict[int, Slots] = {}
        self.seen: set[int] = set()

    def reach(self, address: int, slots: Slots) -> None:
        """Add what follows from `address`, where no preferred alternative has been there."""
        pending = [(address, slots)]
        while pending:
            address, slots = pending.pop()
            if address in self.seen:
                continue
            self.seen.add(address)
            instruction = self.program[address]
            if isinstance(instruction, Fork):
                pending += [(instruction.second, slots), (instruction.first, slots)]
            elif isinstance(instruction, Save):
                slot = instruction.slot
                pending.append((address + 1, (*slots[:slot], self.position, *slots[slot + 1 :])))
            elif isinstance(instruction, Assert):
                if _at(instruction.anchor, self.text, self.position):
                    pending.append((address + 1, slots))
            else:
                self.waiting[address] = slots


@lru_cache(maxsize=200)
def compile_pattern(text: str, flags: str) -> Pattern:
    """Return `text` compiled; raise `PatternError` when it is no pattern, or one that is refused."""
    tree, groups = parse(text, flags)
    compiler = _Compiler()
    compiler.emit(Group(tree, 0))
    return Pattern((*compiler.program, Accept()), groups)


class _Compiler:
    def __init__(self) -> None:
        self.program: list[Instruction] = []

    def add(self, instruction: Instruction) -> int:
        if len(self.program) >= MAX_INSTRUCTIONS:
            raise PatternError
        self.program.append(instruction)
        return len(self.program) - 1

    def emit(self, part: Part) -> None:
        if isinstance(part, Character):
            self.add(Consume(part.test))
        elif isinstance(part, Anchor):
            self.add(Assert(part))
        elif isinstance(part, Sequence):
            for inner in part.parts:
                self.emit(inner)
        elif isinstance(part, Choice):
            self.choice(part)
        elif isinstance(part, Group):
            self.group(part)
        else:
            self.repeat(part)

    def group(self, part: Group) -> None:
        if part.number is None:
            self.emit(part.inner)
            return
        self.add(Save(2 * part.number))
        self.emit(part.inner)
        self.add(Save(2 * part.number + 1))

    def choice(self, part: Choice) -> None:
        """Emit each option behind a fork; what follows all of them is where each one's jump goes."""
        jumps = []
        for option in part.options[:-1]:
            fork = self.add(Fork(0, 0))
            self.emit(option)
            jumps.append(self.add(Fork(0, 0)))
            self.program[fork] = Fork(fork + 1, len(self.program))
        self.emit(part.options[-1])
        for jump in jumps:
            self.program[jump] = Fork(len(self.program), len(self.program))

    def repeat(self, part: Repeat) -> None:
        for _ in range(part.least):
            self.emit(part.inner)
        if part.most is None:
            self.loop(part)
            return
        forks = []
        for _ in range(part.most - part.least):
            forks.append(self.add(Fork(0, 0)))
            self.emit(part.inner)
        for fork in forks:
            self.fork(fork, fork + 1, len(self.program), greedy=part.greedy)

    def loop(self, part: Repeat) -> None:
        fork = self.add(Fork(0, 0))
        self.emit(part.inner)
        self.add(Fork(fork, fork))
        self.fork(fork, fork + 1, len(self.program), greedy=part.greedy)

    def fork(self, address: int, inside: int, behind: int, *, greedy: bool) -> None:
        self.program[address] = Fork(inside, behind) if greedy else Fork(behind, inside)


def _at(anchor: Anchor, text: str, position: int) -> bool:
    if anchor.start:
        return position == 0 or (anchor.lines and text[position - 1] == "\n")
    return position == len(text) or (anchor.lines and text[position] == "\n")
