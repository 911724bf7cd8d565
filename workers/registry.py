"""How a function becomes the handler of a job type, and how it is called.

A handler is a plain function. It names the variables that it reads as parameters and returns the ones that it sets:

    @job("reserve_slot")
    def reserve_slot(job: Job, session: Session, docid: str, starts_at: datetime) -> dict[str, Any]: ...

A parameter whose type is one of the runner's own things (`Job`, the database `Session`, the `Clinic`) receives that;
every other one receives the variable of its name, converted to its type. A variable that is not set gives the
parameter's default; without one the attempt fails and says so.

A handler may raise `BpmnError(code)`, for the boundary event that catches it, with variables if it sets some, or
`Retry(after)`, to be asked again later without counting a failed attempt. Anything else it raises is a failed attempt.
A job may be delivered more than once: `job.key` stays the same, and a handler gives the same result for the same key.
"""

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from typing import Any, TypeVar

from workers.conversion import convert
from workflows.errors import WorkflowError
from workflows.values import JsonValue, Variables
from workflows.values import variables as as_variables


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work. `key` is the same each time it is delivered; `retries` are the attempts left."""

    key: str
    type: str
    instance_id: str
    process_id: str
    element_id: str
    business_key: str | None
    retries: int
    headers: Mapping[str, str] = field(default_factory=dict)


class Retry(Exception):
    """Raised by a handler: try again `after` this time; it is not a failed attempt."""

    def __init__(self, after: timedelta, reason: str = "") -> None:
        self.after = after
        super().__init__(reason or f"asked to be tried again after {after}")


class UnusableVariables(WorkflowError):
    """The variables of a process are not what a handler asks for, or it returned what no variable can hold."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A function and what it asks for: `wanted` are its parameters with their types."""

    job_type: str
    function: Callable[..., Mapping[str, Any] | None]
    wanted: Mapping[str, tuple[Any, Any]]

    def needs(self, kind: type) -> bool:
        """Whether a parameter has this type: so that a runner opens a session only for those who ask."""
        return any(annotation is kind for annotation, _ in self.wanted.values())

    def __call__(self, variables: Mapping[str, JsonValue], resources: Mapping[type, object]) -> Variables:
        """Call the function with its variables and `resources` by type; return the variables that it sets."""
        arguments = {
            name: resources[annotation] if annotation in resources else self._variable(name, variables)
            for name, (annotation, _) in self.wanted.items()
        }
        return as_variables(self.function(**arguments) or {})

    def _variable(self, name: str, variables: Mapping[str, JsonValue]) -> Any:
        annotation, default = self.wanted[name]
        if variables.get(name) is None and default is not inspect.Parameter.empty:
            return default
        if name not in variables:
            raise UnusableVariables(f"{self.job_type} needs the variable {name!r}, which is not set")
        try:
            return convert(variables[name], annotation)
        except (TypeError, ValueError) as error:
            raise UnusableVariables(f"{self.job_type} can't use the variable {name!r}: {error}") from error


class Registry:
    """The handlers of a service, by job type."""

    def __init__(self, handlers: Iterable[Handler] = ()) -> None:
        self._handlers = {handler.job_type: handler for handler in handlers}

    @property
    def types(self) -> frozenset[str]:
        """The job types that have a handler."""
        return frozenset(self._handlers)

    def without(self, types: Collection[str]) -> "Registry":
        """Return a registry without the handlers of these types; raise `LookupError` naming those that it has not."""
        unknown = sorted(set(types) - self.types)
        if unknown:
            raise LookupError(
                f"No handler here is for {', '.join(unknown)}. There are {', '.join(sorted(self.types))}."
            )
        return Registry(handler for name, handler in self._handlers.items() if name not in types)

    def __getitem__(self, job_type: str) -> Handler:
        return self._handlers[job_type]

    @classmethod
    def of(cls, *modules: ModuleType) -> "Registry":
        """Collect the functions marked with `job` in these modules; each job type has one handler."""
        found: dict[str, Handler] = {}
        for module in modules:
            for function in vars(module).values():
                for job_type in getattr(function, _MARK, ()):
                    if job_type in found:
                        raise ValueError(
                            f"two handlers for the job type {job_type!r}: the second is in {module.__name__}"
                        )
                    found[job_type] = _handler(job_type, function)
        return cls(found.values())


_MARK = "__job_types__"
_Function = TypeVar("_Function", bound=Callable[..., Mapping[str, Any] | None])


def job(job_type: str) -> Callable[[_Function], _Function]:
    """Mark a function as the handler of a job type (Camunda: topic or task definition type)."""

    def mark(function: _Function) -> _Function:
        setattr(function, _MARK, (*getattr(function, _MARK, ()), job_type))
        return function

    return mark


def _handler(job_type: str, function: Callable[..., Any]) -> Handler:
    wanted = {}
    for name, parameter in inspect.signature(function, eval_str=True).parameters.items():
        if parameter.annotation is parameter.empty:
            raise TypeError(f"the handler of {job_type!r} gives its parameter {name!r} no type")
        wanted[name] = (parameter.annotation, parameter.default)
    return Handler(job_type, function, wanted)
