"""Source text to a syntax tree: lark's LALR parser over the tokens of `lexer`."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path as FilePath
from typing import cast

from lark import Lark, Token, UnexpectedToken
from lark.common import LexerConf
from lark.lexer import Lexer

from workflows.errors import ExpressionError
from workflows.feel.builder import TreeBuilder
from workflows.feel.builtins import FUNCTION_NAMES
from workflows.feel.lexer import tokenize
from workflows.feel.names import TYPE_NAMES, KnownNames
from workflows.feel.tree import Literal, Node, UnaryTests

MAX_DEPTH = 150  # levels of the tree; each costs a few Python frames to compile and to evaluate

_GRAMMAR = FilePath(__file__).with_name("grammar.lark")
_BUILT_IN = KnownNames((*TYPE_NAMES, *FUNCTION_NAMES))
_ANY_INPUT = UnaryTests((), negated=False)
_SHOWN = {
    "NAME": "a name", "STRING": "a string", "NUMBER": "a number", "_RPAR": "')'", "_RSQB": "']'", "_RBRACE": "'}'",
    "_COMMA": "','", "_COLON": "':'", "_THEN": "'then'", "_ELSE": "'else'", "_IN": "'in'", "_RETURN": "'return'",
    "_SATISFIES": "'satisfies'", "_AND": "'and'", "_LPAR": "'('", "GT": "'>'", "_ARROW": "'->'",
}  # fmt: skip
_MOST_SHOWN = 3  # expected tokens in a message; beyond that the list helps nobody


class _Tokens(Lexer):
    """Hands lark the tokens that `lexer` has made."""

    def __init__(self, _conf: LexerConf) -> None:
        pass

    def lex(self, tokens: Iterable[Token]) -> Iterator[Token]:  # type: ignore[override]  # lark's custom lexers take any input
        return iter(tokens)


@cache
def _lark() -> Lark:
    return Lark(
        _GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        lexer=_Tokens,
        start=["expression_source", "unary_tests_source"],
        transformer=TreeBuilder(),
    )


def parse_expression(source: str, names: Iterable[str] = ()) -> Node:
    """Return the tree of an expression; `names` are names it may use that have spaces or operator characters."""
    return _parse(source, names, "expression_source")


def parse_unary_tests(source: str, names: Iterable[str] = ()) -> UnaryTests:
    """Return the tree of the tests of a decision table's input entry; ``-`` has no tests and accepts all."""
    if source.strip() == "-":
        return _ANY_INPUT
    return cast(UnaryTests, _parse(source, names, "unary_tests_source"))


def _parse(source: str, names: Iterable[str], start: str) -> Node:
    known = _BUILT_IN.copy()
    for name in names:
        known.add(name)
    tokens = tokenize(source, known, unary_tests=start == "unary_tests_source")
    if not tokens:
        raise ExpressionError(source, "the expression is empty", 0)
    try:
        tree = cast(Node, _lark().parse(tokens, start=start))
    except UnexpectedToken as unexpected:
        raise _syntax_error(source, unexpected) from None
    _check_depth(source, tree)
    return tree


def _syntax_error(source: str, unexpected: UnexpectedToken) -> ExpressionError:
    token = unexpected.token
    expected = sorted(_SHOWN[kind] for kind in unexpected.expected if kind in _SHOWN)
    hint = ""
    if 0 < len(expected) <= _MOST_SHOWN and len(unexpected.expected) <= _MOST_SHOWN * 8:
        hint = ": " + " or ".join(expected) + " is missing"
    if token.type == "$END":
        return ExpressionError(source, f"the expression ends too early{hint}", len(source))
    position = token.start_pos or 0
    text = source[position : token.end_pos] or str(token)
    return ExpressionError(source, f"unexpected {text!r}{hint}", position)


def _check_depth(source: str, tree: Node) -> None:
    level: list[Node] = [tree]
    for _ in range(MAX_DEPTH):
        level = [child for node in level if not isinstance(node, Literal) for child in node.children()]
        if not level:
            return
    raise ExpressionError(source, f"the expression is nested more than {MAX_DEPTH} levels deep")
