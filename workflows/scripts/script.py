"""A script as it was deployed, and the check that it may run at all."""

import ast
import textwrap
from dataclasses import dataclass
from types import CodeType

from RestrictedPython.compile import compile_restricted_exec

from workflows.errors import ExpressionError
from workflows.scripts.limits import MAX_SOURCE
from workflows.scripts.policy import Refusal, ScriptPolicy

FILENAME = "<script>"


@dataclass(frozen=True, slots=True)
class Script:
    """A checked script; only `compile_script` makes one."""

    source: str


def compile_script(source: str) -> Script:
    """Check a script at its deployment; raise `ExpressionError` with line and reason for what no script may have."""
    compile_source(source)
    return Script(source)


def compile_source(source: str) -> CodeType:
    """Return the guarded code of a script; raise `ExpressionError`. Lines indented as a whole count as unindented."""
    if len(source) > MAX_SOURCE:
        raise ExpressionError(source, f"a script has at most {MAX_SOURCE:,} characters")
    try:
        tree = ast.parse(textwrap.dedent(source), FILENAME)
        result = compile_restricted_exec(tree, FILENAME, policy=ScriptPolicy)
    except SyntaxError as error:
        raise error_at_line(source, f"this is not Python: {error.msg}", error.lineno) from None
    except Refusal as refusal:
        raise error_at_line(source, str(refusal), refusal.line) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError(source, "this is not Python: it nests too deep or has an unknown character") from None
    if result.code is None:
        raise ExpressionError(source, "; ".join(result.errors))
    return result.code


def error_at_line(source: str, reason: str, line: int | None) -> ExpressionError:
    """Return the error of `source` at `line` (from 1), with the place where that line begins."""
    if line is None:
        return ExpressionError(source, reason)
    position = sum(len(text) for text in source.splitlines(keepends=True)[: line - 1])
    return ExpressionError(source, f"line {line}: {reason}", position)
