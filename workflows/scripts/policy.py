"""Which Python a script may be written in: RestrictedPython's rules, and narrower ones."""

import ast
import re
from collections.abc import Iterable
from typing import TypeAlias, cast

from RestrictedPython.transformer import IOPERATOR_TO_STR as _SIGNS
from RestrictedPython.transformer import RestrictingNodeTransformer, copy_locations

from workflows.scripts.environment import attribute_refusal

_Visited: TypeAlias = ast.AST | Iterable[ast.AST] | None
_Named: TypeAlias = ast.stmt | ast.expr | ast.excepthandler | ast.arg | ast.keyword | ast.alias | ast.pattern

_PRIVATE = re.compile(r"_(?!tmp|print)[A-Za-z0-9](\w*[A-Za-z0-9])?", re.ASCII)
_NO_IMPORTS = "imports are not available; math, Decimal, date, datetime and timedelta are there without"
_NO_GENERATORS = "generators are not available; build a list"
_NO_ASYNC = "async is not available"
_REFUSALS: dict[str, str] = {
    "Import": _NO_IMPORTS,
    "ImportFrom": _NO_IMPORTS,
    "ClassDef": "classes are not available; use a dict",
    "Yield": _NO_GENERATORS,
    "YieldFrom": _NO_GENERATORS,
    "With": "with is not available; a script has no files and no locks",
    "Match": "match is not available; use if and elif",
    "TryStar": "except* is not available; write except",
    "Nonlocal": "nonlocal is not available; return the value",
    "TemplateStr": "template strings are not available; use an f-string",
    "AnnAssign": "annotations are not available; write name = value",
    "AsyncFunctionDef": _NO_ASYNC,
    "AsyncFor": _NO_ASYNC,
    "AsyncWith": _NO_ASYNC,
    "Await": _NO_ASYNC,
}


class Refusal(Exception):
    """A construct that no script may have; `line` counts from 1."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.line = line


class ScriptPolicy(RestrictingNodeTransformer):
    """Rewrites a script so that the guards stand at every access; raises `Refusal` at the first forbidden place."""

    def error(self, node: ast.AST, info: str) -> None:
        raise Refusal(info, getattr(node, "lineno", 1))

    def visit(self, node: ast.AST) -> _Visited:
        if refusal := _REFUSALS.get(type(node).__name__):
            self.error(node, refusal)
        visited: _Visited = super().visit(node)
        return visited

    def check_name(self, node: _Named, name: str | None, allow_magic_methods: bool = False) -> None:  # noqa: ARG002
        # A name such as _total is the script's own: it can't be a guard's, which all end in "_".
        if name is None or not _PRIVATE.fullmatch(name):
            super().check_name(node, name)

    def visit_Name(self, node: ast.Name) -> _Visited:  # noqa: N802
        if node.id in {"print", "printed"}:
            self.error(node, "print is not available; set a variable instead")
        return super().visit_Name(node)

    def visit_Global(self, node: ast.Global) -> _Visited:  # noqa: N802
        for name in node.names:
            self.check_name(node, name)
        return super().visit_Global(node)

    def visit_Attribute(self, node: ast.Attribute) -> _Visited:  # noqa: N802
        if not node.attr.startswith("_") and (refusal := attribute_refusal(node.attr)):
            self.error(node, refusal)
        if not isinstance(node.ctx, ast.Load):
            self.error(node, "attributes can't be set; set an entry of a dict")
        return super().visit_Attribute(node)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> _Visited:  # noqa: N802
        if node.type is None:
            self.error(node, "write `except Exception`: a bare except would also catch the limits")
        return super().visit_ExceptHandler(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> _Visited:  # noqa: N802
        """Turn `owner[key] += value`, which RestrictedPython does not know, into a call of its guard."""
        if not isinstance(node.target, ast.Subscript):
            return super().visit_AugAssign(node)
        arguments = [ast.Constant(_SIGNS[type(node.op)]), node.target.value, node.target.slice, node.value]
        visited = [cast("ast.expr", self.visit(argument)) for argument in arguments]
        statement = ast.Expr(ast.Call(func=ast.Name("_inplaceitem_", ast.Load()), args=visited, keywords=[]))
        copy_locations(statement, node)
        return statement
