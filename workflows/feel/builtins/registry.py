"""How a Python function becomes a FEEL built-in: its forms, its parameters, and how arguments fit them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from workflows.feel.comparison import kind
from workflows.feel.frames import CHARACTERS_A_STEP, Evaluation
from workflows.feel.values import FeelFunction, FeelValue

_F = TypeVar("_F", bound=Callable[..., FeelValue])

_PARAMETER = re.compile(r"([^?*:]+)([?*]?): ([^?]+)(\??)")
_MISFIT: Final = object()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `kinds` are the FEEL types it takes, ``any`` for all of them, null included."""

    name: str
    kinds: frozenset[str]
    optional: bool
    variadic: bool
    nullable: bool

    def fit(self, value: FeelValue) -> FeelValue:
        """Return `value` as this parameter takes it, converted from or to a list of one; or the misfit marker."""
        if "any" in self.kinds or (value is None and self.nullable):
            return value
        if kind(value) in self.kinds:
            return value
        if value is None:
            return _MISFIT  # type: ignore[return-value]  # a marker, not a value
        if isinstance(value, list) and len(value) == 1 and kind(value[0]) in self.kinds:
            return value[0]
        return [value] if "list" in self.kinds else _MISFIT  # type: ignore[return-value]

    def fit_named(self, value: FeelValue) -> FeelValue:
        """Return `value` given by name: for all further arguments, one that is no list stands alone."""
        return [value] if self.variadic and not isinstance(value, list) else self.fit(value)


@dataclass(frozen=True, slots=True)
class Form:
    """One signature of a built-in and the function that implements it."""

    parameters: tuple[Parameter, ...]
    function: Callable[..., FeelValue]
    needs_evaluation: bool

    def positional(self, arguments: Sequence[FeelValue]) -> list[FeelValue] | None:
        """Return the arguments as the function takes them, None for each one left out; None when they don't fit."""
        parameters = self.parameters
        if parameters and parameters[-1].variadic:
            fixed = len(parameters) - 1
            if len(arguments) < max(fixed, 1):
                return None
            arguments = [*arguments[:fixed], list(arguments[fixed:])]
        if len(arguments) > len(parameters):
            return None
        if any(not parameter.optional for parameter in parameters[len(arguments) :]):
            return None
        fitted = [parameter.fit(value) for parameter, value in zip(parameters, arguments, strict=False)]
        if any(value is _MISFIT for value in fitted):
            return None
        return fitted + [None] * (len(parameters) - len(fitted))

    def named(self, arguments: Mapping[str, FeelValue]) -> list[FeelValue] | None:
        """Return named arguments as the function takes them; None when they don't fit."""
        names = {parameter.name for parameter in self.parameters}
        required = {parameter.name for parameter in self.parameters if not parameter.optional}
        if not (required <= arguments.keys() <= names):
            return None
        fitted = [
            parameter.fit_named(arguments[parameter.name]) if parameter.name in arguments else None
            for parameter in self.parameters
        ]
        return None if any(value is _MISFIT for value in fitted) else fitted

    def run(self, evaluation: Evaluation, fitted: list[FeelValue]) -> FeelValue:
        evaluation.spend(1 + sum(map(_size, fitted)))
        return self.function(evaluation, *fitted) if self.needs_evaluation else self.function(*fitted)


@dataclass(frozen=True, slots=True, eq=False)
class BuiltIn(FeelFunction):
    """A built-in function. Of several forms, the first that the arguments fit is called; null when none does."""

    name: str
    forms: list[Form] = field(default_factory=list)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.forms[0].parameters)

    def call(self, evaluation: Evaluation, arguments: Sequence[FeelValue]) -> FeelValue:
        for form in self.forms:
            fitted = form.positional(arguments)
            if fitted is not None:
                return form.run(evaluation, fitted)
        return None

    def call_named(self, evaluation: Evaluation, arguments: Mapping[str, FeelValue]) -> FeelValue:
        for form in self.forms:
            fitted = form.named(arguments)
            if fitted is not None:
                return form.run(evaluation, fitted)
        return None


_FUNCTIONS: dict[str, BuiltIn] = {}


def builtin(name: str, *parameters: str, evaluation: bool = False) -> Callable[[_F], _F]:
    """Register the decorated function as a form of the built-in `name`.

    A parameter is written ``name: type``, ``name?: type`` when it may be left out (it is then None), ``name*: type``
    when it takes all further arguments as a list; types are separated by ``|``, and one ``?`` behind them lets null
    pass. With `evaluation`, the function takes the `Evaluation` first.
    """
    parsed = tuple(map(_parameter, parameters))

    def register(function: _F) -> _F:
        built_in = _FUNCTIONS.setdefault(name, BuiltIn(name))
        built_in.forms.append(Form(parsed, function, evaluation))
        return function

    return register


def find_function(name: str) -> BuiltIn | None:
    """Return the built-in function `name`."""
    return _FUNCTIONS.get(name)


def function_names() -> tuple[str, ...]:
    """Return the names of all built-in functions."""
    return tuple(_FUNCTIONS)


def _parameter(text: str) -> Parameter:
    found = _PARAMETER.fullmatch(text)
    if not found:
        raise ValueError(f"not a parameter: {text!r}")
    name, mark, kinds, nullable = found.groups()
    types = frozenset(kinds.split(" | "))
    variadic = mark == "*"
    return Parameter(name, types | {"list"} if variadic else types, mark == "?", variadic, nullable == "?")


def _size(value: FeelValue) -> int:
    """Return what an argument costs: what a function may have to walk through."""
    if isinstance(value, list | dict):
        return len(value)
    return len(value) // CHARACTERS_A_STEP if isinstance(value, str) else 0
