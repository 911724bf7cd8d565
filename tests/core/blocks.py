"""Random block-structured diagrams: whatever is opened is closed again, so every instance of them can finish.

A block is a tuple, its kind first; `structured` draws one with hypothesis, `paint` makes a process graph of it.
Conditions read `x`, which answers set to 0, 1 or 2.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import strategies as st

from tests.core import drawing as d
from workflows.diagrams.graph import (
    AdHoc,
    CallDefinition,
    EventDefinition,
    Graph,
    MultiInstance,
    ScriptDefinition,
    StandardLoop,
    TimerKind,
)
from workflows.expressions.dialect import Dialect
from workflows.expressions.expression import Literal
from workflows.scripts import compile_script

Block: TypeAlias = tuple[Any, ...]
MOST_BLOCKS = 14

_SCRIPT = compile_script("x = 1")
_TASKS: dict[str, dict[str, Any]] = {
    "user": {"kind": "userTask"},
    "job": {"kind": "serviceTask", "job": d.job()},
    "later": {"kind": "serviceTask", "job": d.job(), "async_before": True, "async_after": True},
    "mapped": {
        "kind": "serviceTask",
        "job": d.job(),
        "inputs": (d.mapping("seen", "x"), d.mapping("whole.part", "x + 1")),
        "outputs": (d.mapping("answer.last", "seen"), d.mapping("y", "x")),
        "local_result": True,
    },
    "python": {"kind": "scriptTask", "script": ScriptDefinition(script=_SCRIPT)},
    "count": {"kind": "scriptTask", "script": d.sets("y", "x + 1")},
    "nothing": {"kind": "task"},
    "call": {"kind": "callActivity", "call": CallDefinition(Literal("other"), all_inputs=True, all_outputs=True)},
    "receive": {"kind": "receiveTask", "events": (d.message("answer", '"key"'),)},
    "send": {"kind": "sendTask", "events": (d.message("answer", '"key"'),)},
}
_EVENTS: dict[str, EventDefinition] = {
    "message": d.message("m", '"key"'),
    "signal": d.signal("go"),
    "timer": d.timer("PT1M"),
    "cycle": d.timer("R2/PT1M", TimerKind.CYCLE),
    "condition": d.condition("x = 2"),
    "error": d.error("E"),
    "escalation": d.escalation("S"),
}
_ASIDE = _EVENTS | {"signal": d.signal("ring")}
"""What starts something beside the path and goes on waiting; what it starts may throw "go", but never "ring"."""

_CATCHES = ("message", "signal", "timer", "condition")

tasks = st.sampled_from(sorted(_TASKS)).map(lambda name: (name,))
leaves = st.one_of(
    tasks,
    st.tuples(st.just("catch"), st.sampled_from(_CATCHES)),
    st.just(("throw", "signal")),
    st.just(("throw", "escalation")),
    st.just(("throw", "message")),
)


def _composed(inner: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    several = st.lists(inner, min_size=2, max_size=3)
    activities = st.one_of(tasks, st.tuples(st.just("sub"), inner))
    return st.one_of(
        st.tuples(st.just("sequence"), several),
        st.tuples(st.sampled_from(("xor", "and", "or")), several),
        st.tuples(st.just("loop"), inner),
        st.tuples(st.just("sub"), inner),
        st.tuples(st.just("choice"), inner, inner),
        st.tuples(st.just("boundary"), activities, inner, st.sampled_from(sorted(_EVENTS)), st.booleans()),
        st.tuples(st.just("event"), inner, inner, st.sampled_from(sorted(_EVENTS)), st.booleans()),
        st.tuples(st.just("many"), activities, st.booleans(), st.integers(0, 3), st.booleans()),
        st.tuples(st.just("again"), activities, st.booleans()),
        st.tuples(st.just("undone"), activities, tasks, inner, st.tuples(st.booleans(), st.booleans())),
        st.tuples(st.just("transaction"), tasks, tasks, inner, st.booleans()),
        st.tuples(st.just("ends"), inner, inner, st.sampled_from(("error", "escalation", "terminate"))),
        st.tuples(st.just("ad hoc"), st.lists(activities, min_size=1, max_size=3), st.booleans(), st.booleans()),
    )


structured: st.SearchStrategy[Block] = st.recursive(leaves, _composed, max_leaves=MOST_BLOCKS)
dialects = st.sampled_from((Dialect.CAMUNDA7, Dialect.CAMUNDA8))


def paint(block: Block, dialect: Dialect = Dialect.CAMUNDA8) -> Graph:
    """Return the process graph of a block."""
    painter = _Painter(d.Drawing(dialect))
    painter.body(d.PROCESS, block)
    return painter.drawing.graph()


@dataclass(slots=True)
class _Painter:
    drawing: d.Drawing
    names: dict[str, int] = field(default_factory=dict)

    def name(self, what: str) -> str:
        number = self.names[what] = self.names.get(what, 0) + 1
        return f"{what}{number}"

    def node(self, what: str, inside: str, kind: str | None = None, **fields: Any) -> str:
        return self.drawing.node(self.name(what), kind, inside=inside, **fields)

    def body(self, inside: str, block: Block, *events: EventDefinition) -> None:
        """Draw start, block and an end event that throws `events`, or none."""
        start, end = self.node("start", inside), self.node("end", inside, events=events)
        self.chain(inside, start, block, end)

    def chain(self, inside: str, start: str, block: Block, end: str) -> None:
        first, last = self.block(block, inside)
        self.drawing.line(start, first)
        self.drawing.line(last, end)

    def block(self, block: Block, inside: str) -> tuple[str, str]:
        """Draw a block; return its first and its last element."""
        kind, *parts = block
        if kind in _TASKS:
            task = self.activity(block, inside)
            return task, task
        draw: Callable[..., tuple[str, str]] = getattr(self, "draw_" + kind.replace(" ", "_"))
        return draw(inside, *parts)

    def activity(self, block: Block, inside: str, **fields: Any) -> str:
        """Draw a block that is one activity."""
        if block[0] != "sub":
            return self.node(block[0], inside, **(_TASKS[block[0]] | fields))
        name = self.node("sub", inside, "subProcess", **fields)
        self.drawing.data(name, f"note_{name}")
        self.body(name, block[1])
        return name

    def draw_sub(self, inside: str, block: Block) -> tuple[str, str]:
        name = self.activity(("sub", block), inside)
        return name, name

    def draw_catch(self, inside: str, event: str) -> tuple[str, str]:
        name = self.node("catch", inside, "intermediateCatchEvent", events=(_EVENTS[event],))
        return name, name

    def draw_throw(self, inside: str, event: str) -> tuple[str, str]:
        carried = (d.mapping("x", "x"),)
        name = self.node("throw", inside, "intermediateThrowEvent", events=(_EVENTS[event],), inputs=carried)
        return name, name

    def draw_sequence(self, inside: str, blocks: list[Block]) -> tuple[str, str]:
        drawn = [self.block(block, inside) for block in blocks]
        for (_, last), (first, _) in itertools.pairwise(drawn):
            self.drawing.line(last, first)
        return drawn[0][0], drawn[-1][1]

    def draw_xor(self, inside: str, blocks: list[Block]) -> tuple[str, str]:
        return self._split(inside, "xor", blocks)

    def draw_and(self, inside: str, blocks: list[Block]) -> tuple[str, str]:
        return self._split(inside, "and", blocks)

    def draw_or(self, inside: str, blocks: list[Block]) -> tuple[str, str]:
        return self._split(inside, "or", blocks)

    def _split(self, inside: str, gateway: str, blocks: list[Block]) -> tuple[str, str]:
        split, join = self.node(gateway, inside), self.node(gateway, inside)
        for index, block in enumerate(blocks):
            first, last = self.block(block, inside)
            default = gateway != "and" and index == 0
            self.drawing.flow(split, first, None if gateway == "and" or default else f"x >= {index}", default=default)
            self.drawing.line(last, join)
        return split, join

    def draw_loop(self, inside: str, block: Block) -> tuple[str, str]:
        begin, back = self.node("xor", inside), self.node("xor", inside)
        counter = f"rounds_{begin}"
        count = self.node(
            "count", inside, "scriptTask", script=d.sets(counter, f"if {counter} = null then 1 else {counter} + 1")
        )
        self.chain(inside, begin, block, count)
        self.drawing.line(count, back)
        out = self.node("xor", inside)
        self.drawing.flow(back, begin, f"{counter} < 2")
        self.drawing.flow(back, out, default=True)
        return begin, out

    def draw_choice(self, inside: str, left: Block, right: Block) -> tuple[str, str]:
        gateway, join = self.node("first", inside, "eventBasedGateway"), self.node("xor", inside)
        receive = self.node("receive", inside, **_TASKS["receive"])
        for event, block in ((self.draw_catch(inside, "signal")[0], left), (receive, right)):
            self.drawing.line(gateway, event)
            self.chain(inside, event, block, join)
        return gateway, join

    def draw_boundary(
        self, inside: str, activity: Block, block: Block, event: str, interrupting: bool
    ) -> tuple[str, str]:
        host, join = self.activity(activity, inside), self.node("xor", inside)
        self.drawing.line(host, join)
        interrupting = interrupting or event == "error"
        caught_event = (_EVENTS if interrupting else _ASIDE)[event]
        caught = self.drawing.boundary(self.name("on"), host, caught_event, interrupting=interrupting)
        self.chain(inside, caught, block, join if interrupting else self.node("end", inside))
        return host, join

    def draw_event(self, inside: str, block: Block, handler: Block, event: str, interrupting: bool) -> tuple[str, str]:
        name = self.activity(("sub", block), inside)
        around = self.node("handler", name, "subProcess", triggered_by_event=True)
        interrupting = interrupting or event == "error"
        caught_event = (_EVENTS if interrupting else _ASIDE)[event]
        start = self.node("start", around, events=(caught_event,), interrupting=interrupting)
        self.chain(around, start, handler, self.node("end", around))
        return name, name

    def draw_many(self, inside: str, activity: Block, sequential: bool, count: int, cut: bool) -> tuple[str, str]:
        loop = MultiInstance(
            sequential=sequential,
            collection=Literal(list(range(count))),
            element_variable="item",
            output_collection="items",
            output_element=d.feel("item"),
            completion_condition=d.feel("x = 2") if cut else None,
        )
        name = self.activity(activity, inside, loop=loop)
        return name, name

    def draw_again(self, inside: str, activity: Block, before: bool) -> tuple[str, str]:
        loop = StandardLoop(d.feel("x < 1"), test_before=before, maximum=2)
        name = self.activity(activity, inside, loop=loop)
        return name, name

    def draw_undone(
        self, inside: str, activity: Block, handler: Block, block: Block, how: tuple[bool, bool]
    ) -> tuple[str, str]:
        """Undo, one activity or all, waiting for it or not."""
        named, wait = how
        undo = self.activity(handler, inside, for_compensation=True)
        first = self.activity(activity, inside, compensation_handler=undo)
        event = d.compensate(first if named else None, wait=wait)
        throw = self.node("throw", inside, "intermediateThrowEvent", events=(event,))
        self.chain(inside, first, block, throw)
        return first, throw

    def draw_transaction(
        self, inside: str, activity: Block, handler: Block, block: Block, cancels: bool
    ) -> tuple[str, str]:
        name, join = self.node("transaction", inside, "transaction"), self.node("xor", inside)
        undo = self.activity(handler, name, for_compensation=True)
        first = self.activity(activity, name, compensation_handler=undo)
        self.drawing.line(self.node("start", name), first)
        self.chain(name, first, block, self.node("end", name, events=(d.CANCEL,) if cancels else ()))
        self.drawing.line(name, join)
        self.drawing.line(self.drawing.boundary(self.name("on"), name, d.CANCEL), join)
        return name, join

    def draw_ends(self, inside: str, left: Block, right: Block, kind: str) -> tuple[str, str]:
        """A sub-process of two branches, one of which ends the other."""
        name, join = self.node("sub", inside, "subProcess"), self.node("xor", inside)
        split = self.node("and", name)
        self.drawing.line(self.node("start", name), split)
        thrown = d.TERMINATE if kind == "terminate" else _EVENTS[kind]
        self.chain(name, split, left, self.node("end", name, events=(thrown,)))
        self.chain(name, split, right, self.node("end", name))
        self.drawing.line(name, join)
        if kind != "terminate":
            self.drawing.line(self.drawing.boundary(self.name("on"), name, _EVENTS[kind]), join)
        return name, join

    def draw_ad_hoc(self, inside: str, activities: list[Block], sequential: bool, cut: bool) -> tuple[str, str]:
        how = AdHoc(sequential=sequential, completion_condition=d.feel("x = 2") if cut else None)
        name = self.node("adhoc", inside, "adHocSubProcess", ad_hoc=how)
        for activity in activities:
            self.activity(activity, name)
        return name, name
