"""Business knowledge models: functions that decisions call from FEEL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.decisions.errors import DecisionError, Origin
from workflows.decisions.logic import Logic, fit
from workflows.decisions.scope import Scope
from workflows.decisions.types import Type
from workflows.feel import FeelFunction, FeelValue
from workflows.feel.frames import Evaluation


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function, with the type that its argument must have."""

    name: str
    type: Type | None = None


@dataclass(frozen=True, slots=True)
class KnowledgeModel:
    """A function by `name`. `requires` are the ids of the models that its body may call; `size` counts its cells."""

    id: str
    name: str
    parameters: tuple[Parameter, ...]
    body: Logic
    origin: Origin
    requires: tuple[str, ...] = ()
    size: int = 1


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All models of a file that have a body, by id."""

    models: Mapping[str, KnowledgeModel]

    def functions(self, ids: Sequence[str], scope: Scope) -> dict[str, FeelFunction]:
        """Return the functions of these models by name, for the evaluation that `scope` belongs to."""
        outside = Scope({}, scope.now, scope.limits)
        return {self.models[id_].name: _Function(self.models[id_], self, outside) for id_ in ids}


@dataclass(frozen=True, slots=True, eq=False)
class _Function(FeelFunction):
    """A model as a FEEL value. Its body sees its parameters and the models that it requires, nothing else."""

    model: KnowledgeModel
    knowledge: Knowledge
    outside: Scope

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(parameter.name for parameter in self.model.parameters)

    def call(self, evaluation: Evaluation, arguments: Sequence[FeelValue]) -> FeelValue:
        """Call by position. Unlike FEEL's own functions, raise `DecisionError` for arguments that do not fit."""
        if len(arguments) != len(self.parameters):
            raise self._misfit(f"{len(arguments)} given")
        return self.call_named(evaluation, dict(zip(self.parameters, arguments, strict=True)))

    def call_named(self, evaluation: Evaluation, arguments: Mapping[str, FeelValue]) -> FeelValue:
        """Call by name; see `call`."""
        if arguments.keys() != set(self.parameters):
            raise self._misfit(f"called with {', '.join(arguments) or 'none'}")
        evaluation.spend(self.model.size)
        bound = {
            parameter.name: fit(parameter.type, arguments[parameter.name], self.model.origin)
            for parameter in self.model.parameters
        }
        limits = self.outside.limits
        limits.enter(self.model.id)
        try:
            functions = self.knowledge.functions(self.model.requires, self.outside)
            return self.model.body.evaluate(self.outside.binding({**functions, **bound})).value
        finally:
            limits.leave()

    def _misfit(self, given: str) -> DecisionError:
        wanted = ", ".join(self.parameters) or "none"
        return DecisionError(self.model.id, f"the function {self.model.name!r} has the parameters {wanted}; {given}")
