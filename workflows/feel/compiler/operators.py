"""Arithmetic and logic."""

from decimal import Decimal

from workflows.feel import arithmetic
from workflows.feel.compiler.registry import Lexical, Run, compile_all, compile_node, compiles
from workflows.feel.frames import Frame
from workflows.feel.tree import Arithmetic, Conditional, Literal, Logic, Negation
from workflows.feel.values import FeelValue


@compiles(Arithmetic)
def chain(node: Arithmetic, lexical: Lexical) -> Run:
    first = compile_node(node.first, lexical)
    steps = [(arithmetic.OPERATORS[step.operator], compile_node(step.operand, lexical)) for step in node.rest]
    if len(steps) == 1:
        [(operate, second)] = steps
        return lambda frame: operate(frame.root, first(frame), second(frame))

    def run(frame: Frame) -> FeelValue:
        value = first(frame)
        for operate, operand in steps:
            value = operate(frame.root, value, operand(frame))
        return value

    return run


@compiles(Negation)
def negation(node: Negation, lexical: Lexical) -> Run:
    if isinstance(node.operand, Literal) and isinstance(node.operand.value, Decimal):
        value = arithmetic.negate(node.operand.value)
        return lambda _frame: value
    operand = compile_node(node.operand, lexical)
    return lambda frame: arithmetic.negate(operand(frame))


@compiles(Logic)
def logic(node: Logic, lexical: Lexical) -> Run:
    """Compile `and` and `or`: the decisive value wins, else null wins; what is no boolean counts as null."""
    decisive = node.decisive
    operands = compile_all(node.operands, lexical)

    def run(frame: Frame) -> FeelValue:
        result: bool | None = not decisive
        for operand in operands:
            value = operand(frame)
            if value is decisive:
                return decisive
            if value is not result:
                result = None
        return result

    return run


@compiles(Conditional)
def conditional(node: Conditional, lexical: Lexical) -> Run:
    condition = compile_node(node.condition, lexical)
    then, otherwise = compile_node(node.then, lexical), compile_node(node.otherwise, lexical)
    return lambda frame: then(frame) if condition(frame) is True else otherwise(frame)
