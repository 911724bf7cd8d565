"""Function definitions, invocations and ``instance of``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workflows.feel.builtins import find_function
from workflows.feel.compiler.registry import Lexical, Run, compile_all, compile_node, compiles
from workflows.feel.frames import MAX_CALLS, Evaluation, Frame
from workflows.feel.tree import FunctionDefinition, InstanceOf, Invocation, Name, NamedInvocation, Node, price
from workflows.feel.types import FeelType, build_type
from workflows.feel.values import FeelFunction, FeelValue

_NEED_CHANCE = frozenset(["uuid", "random number"])


@dataclass(frozen=True, slots=True, eq=False)
class Defined(FeelFunction):
    """A function definition and the frame it was evaluated in."""

    names: tuple[str, ...]
    types: tuple[FeelType | None, ...]
    body: Run
    cost: int
    frame: Frame

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.names

    def call(self, evaluation: Evaluation, arguments: Sequence[FeelValue]) -> FeelValue:
        if len(arguments) != len(self.names):
            return None
        if evaluation.calls >= MAX_CALLS:
            raise evaluation.error(f"functions call each other more than {MAX_CALLS} deep")
        bound = {
            name: value if type_ is None else type_.coerce(value)
            for name, type_, value in zip(self.names, self.types, arguments, strict=True)
        }
        evaluation.spend(self.cost)
        evaluation.calls += 1
        try:
            return self.body(Frame(bound, self.frame))
        finally:
            evaluation.calls -= 1

    def call_named(self, evaluation: Evaluation, arguments: Mapping[str, FeelValue]) -> FeelValue:
        if arguments.keys() != set(self.names):
            return None
        return self.call(evaluation, [arguments[name] for name in self.names])


@compiles(FunctionDefinition)
def function_definition(node: FunctionDefinition, lexical: Lexical) -> Run:
    names = tuple(parameter.name for parameter in node.parameters)
    if len(set(names)) < len(names):
        raise lexical.error("the function has two parameters of one name")
    types = tuple(
        build_type(parameter.type, lexical.error) if parameter.type else None for parameter in node.parameters
    )
    body = compile_node(node.body, lexical.binding(*names))
    cost = price(node.body)
    return lambda frame: Defined(names, types, body, cost, frame)


@compiles(Invocation)
def invocation(node: Invocation, lexical: Lexical) -> Run:
    arguments = compile_all(node.arguments, lexical)
    built_in = _built_in(node.function, lexical)
    if built_in:
        call = built_in.call
        return lambda frame: call(frame.root, [argument(frame) for argument in arguments])
    target = _target(node.function, lexical)

    def run(frame: Frame) -> FeelValue:
        function = target(frame)
        return None if function is None else function.call(frame.root, [argument(frame) for argument in arguments])

    return run


@compiles(NamedInvocation)
def named_invocation(node: NamedInvocation, lexical: Lexical) -> Run:
    if len(set(node.names)) < len(node.names):
        raise lexical.error("the invocation gives one parameter twice")
    arguments = list(zip(node.names, compile_all(node.arguments, lexical), strict=True))
    target = _target(node.function, lexical)

    def run(frame: Frame) -> FeelValue:
        function = target(frame)
        if function is None:
            return None
        return function.call_named(frame.root, {name: argument(frame) for name, argument in arguments})

    return run


def _target(node: Node, lexical: Lexical) -> Callable[[Frame], FeelFunction | None]:
    """Return what gives the function to call: where a name stands for no function, the built-in of that name."""
    value = compile_node(node, lexical)
    built_in = find_function(node.name) if isinstance(node, Name) else None

    def find(frame: Frame) -> FeelFunction | None:
        function = value(frame)
        return function if isinstance(function, FeelFunction) else built_in

    return find


def _built_in(node: Node, lexical: Lexical) -> FeelFunction | None:
    """Return the built-in function that `node` surely names; refuse Camunda's functions that need chance."""
    if not isinstance(node, Name) or node.name in lexical.bound:
        return None
    if node.name in _NEED_CHANCE:
        raise lexical.error(f"{node.name}() is not available: an evaluation gives the same value each time")
    return find_function(node.name)


@compiles(InstanceOf)
def instance_of(node: InstanceOf, lexical: Lexical) -> Run:
    operand, type_ = compile_node(node.operand, lexical), build_type(node.type, lexical.error)
    of_null = node.type.name in ("Null", "null")

    def run(frame: Frame) -> FeelValue:
        value = operand(frame)
        return of_null if value is None else type_.accepts(value)

    return run
