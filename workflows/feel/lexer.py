"""Source text to tokens: the part of FEEL that no grammar without memory can read.

Three questions are settled here, so that the grammar is plain LALR(1): what is a name (see `names`), whether ``[``
and ``]`` belong to a list, a filter or an open range end, and whether ``-`` and ``not`` have an operand before them.
"""

import re
from dataclasses import dataclass

from lark import Token

from workflows.errors import ExpressionError
from workflows.feel.names import HYPHENATED_TYPES, KEYWORDS, WORD, KnownNames, is_name, normalise
from workflows.feel.strings import unescape

MAX_SOURCE = 50_000  # characters; a longer source is refused before any work is done on it

_SPACE = re.compile(r"(?:\s|\ufeff|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_COMMENT = re.compile(r"//|/\*")
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_AT = re.compile(r"@\s*(?=\")")
_BACKTICKS = re.compile(r"`([^`]+)`")
_INSTANCE_OF = re.compile(r"instance\s+of\b")
_OPERATOR = re.compile(r"\*\*|\.\.|->|<=|>=|!=|[=<>+\-*/()\[\]{},:.]")
# A declared name has at most 200 characters, so that looking for its end is quick in any source.
_KEY = re.compile(r"([^\"`:{}\[\](),]{1,200}?)\s*(?=:)")
_ITERATOR = re.compile(r"([^\"`:{}\[\](),<>=]{1,200}?)(?=\s+in\b)")
_PARAMETER = re.compile(r"([^\"`:{}\[\](),<>=]{1,200}?)\s*(?=[:,)])")
_NO_OPERAND_FOLLOWS = re.compile(
    r"\s*(?:$|[)\]},:=!*/+<>]|(?:and|or|then|else|return|satisfies|in|between|instance)\b)"
)

_OPERATORS = {
    "=": "EQ", "!=": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE",
    "+": "PLUS", "-": "MINUS", "*": "TIMES", "/": "DIVIDE", "**": "POWER",
    "(": "_LPAR", ")": "_RPAR", "[": "_LSQB", "]": "_RSQB", "{": "_LBRACE", "}": "_RBRACE",
    ",": "_COMMA", ":": "_COLON", ".": "_DOT", "..": "_DOTS", "->": "_ARROW",
}  # fmt: skip
_OPENING = frozenset(["_LPAR", "_LSQB", "_LBRACE", "_OPEN_START"])
_CLOSING = frozenset(["_RPAR", "_RSQB", "_RBRACE", "_OPEN_END"])
_OPERAND_ENDS = _CLOSING | {"NAME", "NUMBER", "STRING", "AT_LITERAL", "TRUE", "FALSE", "NULL"}
_LITERALS = frozenset(["true", "false", "null"])
_TYPES = KnownNames(HYPHENATED_TYPES)
_MISTAKES = {"==": "'==' is not FEEL: write '='", "&&": "write 'and'", "||": "write 'or'"}


def tokenize(source: str, known: KnownNames, *, unary_tests: bool = False) -> list[Token]:
    """Return the tokens of `source`; raise `ExpressionError` at the first character that starts none."""
    if len(source) > MAX_SOURCE:
        raise ExpressionError(source, f"the expression is longer than {MAX_SOURCE} characters")
    return _Lexer(source, known).run(unary_tests=unary_tests)


@dataclass(slots=True)
class _Bracket:
    """An open bracket (or the source itself) and what the lexer has to remember inside it."""

    kind: str
    dots: bool = False  # a `..` stands in the current element
    iterating: int = 0  # for, some and every whose return or satisfies is still to come


class _Lexer:
    def __init__(self, source: str, known: KnownNames) -> None:
        self.source = source
        self.position = 0
        self.tokens: list[Token] = []
        self.builtin = known
        self.declared = KnownNames()
        self.brackets = [_Bracket("source")]
        self.parameters_end = 0  # tokens up to the end of a function's parameters: its body follows

    def run(self, *, unary_tests: bool) -> list[Token]:
        self.skip_space()
        if unary_tests and self.negates_everything():
            self.emit("_NOT", "not", self.position + 3)
            self.skip_space()
        while self.position < len(self.source):
            self.next_token()
            self.skip_space()
        return self.tokens

    @property
    def previous(self) -> str:
        return str(self.tokens[-1].type) if self.tokens else ""

    @property
    def after_operand(self) -> bool:
        return self.previous in _OPERAND_ENDS and len(self.tokens) != self.parameters_end

    def skip_space(self) -> None:
        found = _SPACE.match(self.source, self.position)
        if found:
            self.position = found.end()

    def emit(self, kind: str, value: str, end: int) -> None:
        self.tokens.append(Token(kind, value, start_pos=self.position, end_pos=end))
        self.position = end

    def fail(self, reason: str) -> ExpressionError:
        return ExpressionError(self.source, reason, self.position)

    def next_token(self) -> None:
        if self.declaration():
            return
        character = self.source[self.position]
        if character == '"':
            self.string("STRING", self.position)
        elif character == "@" and (at := _AT.match(self.source, self.position)):
            self.string("AT_LITERAL", at.end())
        elif number := _NUMBER.match(self.source, self.position):
            self.emit("NUMBER", number.group(), number.end())
        elif backticks := _BACKTICKS.match(self.source, self.position):
            self.emit("NAME", backticks.group(1), backticks.end())
        elif word := WORD.match(self.source, self.position):
            self.word(word.group(), word.end())
        elif operator := _OPERATOR.match(self.source, self.position):
            self.operator(operator.group(), operator.end())
        else:
            raise self.fail(self.unknown_character())

    def unknown_character(self) -> str:
        mistake = _MISTAKES.get(self.source[self.position : self.position + 2])
        if mistake:
            return mistake
        character = self.source[self.position]
        if character == "'":
            return "strings stand between double quotes"
        return f"unexpected character {character!r}"

    # Names -----------------------------------------------------------------------------------------------------

    def declaration(self) -> bool:
        """Read a name where one is declared, whatever characters it has; from here on it is known."""
        bracket = self.brackets[-1]
        if bracket.kind == "_LBRACE" and self.previous in ("_LBRACE", "_COMMA"):
            pattern = _KEY
        elif self.previous in ("_FOR", "_SOME", "_EVERY") or (bracket.iterating and self.previous == "_COMMA"):
            pattern = _ITERATOR
        elif bracket.kind == "parameters" and self.previous in ("_LPAR", "_COMMA"):
            pattern = _PARAMETER
        else:
            return False
        found = pattern.match(self.source, self.position)
        if not found or not is_name(found.group(1)) or _COMMENT.search(found.group(1)):
            return False
        name = normalise(found.group(1))
        self.emit("NAME", name, found.end(1))
        self.declared.add(name)
        return True

    def word(self, word: str, end: int) -> None:
        known = self.known(word)
        if known:
            self.emit("NAME", *known)
        elif self.previous != "_DOT" and (instance := _INSTANCE_OF.match(self.source, self.position)):
            self.emit("_INSTANCE_OF", "instance of", instance.end())
        elif word in KEYWORDS and self.previous != "_DOT" and not self.is_function(word, end):
            self.keyword(word, end)
        else:
            self.refuse_external(word, end)
            self.emit("NAME", *self.joined(word, end))

    def known(self, word: str) -> tuple[str, int] | None:
        """Return the longest known name that starts here and where it ends: behind a dot, only a declared one."""
        sources = [self.declared]
        if self.previous != "_DOT":
            sources.append(self.builtin)
        if self.previous == "_INSTANCE_OF":
            sources.append(_TYPES)
        found = [names.match(self.source, self.position, word) for names in sources]
        return max((match for match in found if match), key=lambda match: match[1], default=None)

    def joined(self, word: str, end: int) -> tuple[str, int]:
        """Return the name that `word` starts: the words beside it belong to it."""
        words = [word]
        while True:
            space = _SPACE.match(self.source, end)
            follows = WORD.match(self.source, space.end()) if space else None
            if not follows or follows.group() in KEYWORDS or _INSTANCE_OF.match(self.source, follows.start()):
                return " ".join(words), end
            if words == ["not"] and self.previous != "_DOT":
                raise self.fail("write not(...) with brackets")
            words.append(follows.group())
            end = follows.end()

    def is_function(self, word: str, end: int) -> bool:
        """Say whether `and` or `or` is the function of that name: no operand before, a bracket behind."""
        behind = self.source[end:].lstrip()
        return word in ("and", "or") and not self.after_operand and behind.startswith("(")

    def keyword(self, word: str, end: int) -> None:
        if word in _LITERALS:
            self.emit(word.upper(), word, end)
            return
        if word in ("for", "some", "every"):
            self.brackets[-1].iterating += 1
        elif word in ("return", "satisfies"):
            self.brackets[-1].iterating = max(0, self.brackets[-1].iterating - 1)
        self.emit(f"_{word.upper()}", word, end)

    def refuse_external(self, word: str, end: int) -> None:
        if word == "external" and self.source[end:].lstrip().startswith("{"):
            raise self.fail("external functions (Java, PMML) are not run here")

    # Strings and operators -------------------------------------------------------------------------------------

    def string(self, kind: str, start: int) -> None:
        found = _STRING.match(self.source, start)
        if not found:
            raise self.fail("the string has no closing '\"'")
        text = unescape(found.group()[1:-1])
        if text is None:
            raise self.fail("the string holds half of a surrogate pair, which is no character")
        if kind == "STRING" and self.brackets[-1].kind == "_LBRACE" and is_name(text):
            self.declared.add(text)
        self.emit(kind, text, found.end())

    def operator(self, text: str, end: int) -> None:
        if self.source.startswith("==", self.position):
            raise self.fail(_MISTAKES["=="])
        kind = self.bracket(text, end) or _OPERATORS[text]
        if kind == "MINUS" and not self.after_operand:
            kind = "_NEGATIVE"
        if kind == "_DOTS":
            self.brackets[-1].dots = True
        elif kind == "_COMMA":
            self.brackets[-1].dots = False
        elif kind in _CLOSING and len(self.brackets) > 1 and self.brackets.pop().kind == "parameters":
            self.parameters_end = len(self.tokens) + 1
        elif kind in _OPENING:
            self.brackets.append(_Bracket("parameters" if self.previous == "_FUNCTION" else kind))
        self.emit(kind, text, end)

    def bracket(self, text: str, end: int) -> str | None:
        """Tell the square brackets of open ranges, ``]1..5[``, from those of lists and filters."""
        operand_follows = not _NO_OPERAND_FOLLOWS.match(self.source, end)
        if text == "]" and not self.after_operand and self.previous != "_LSQB" and operand_follows:
            return "_OPEN_START"
        in_range = self.brackets[-1].dots and len(self.brackets) > 1
        return "_OPEN_END" if text == "[" and self.after_operand and in_range and not operand_follows else None

    def negates_everything(self) -> bool:
        """Say whether the source is ``not(...)`` from end to end, so that `not` negates the tests inside."""
        opening = re.compile(r"not\s*\(").match(self.source, self.position)
        if not opening:
            return False
        inner = _Lexer(self.source, self.builtin)
        inner.position = opening.end() - 1
        while True:
            inner.skip_space()
            if inner.position >= len(self.source):
                return False
            inner.next_token()
            if len(inner.brackets) == 1:
                inner.skip_space()
                return inner.position >= len(self.source)
