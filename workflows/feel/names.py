"""Names: FEEL allows spaces and the characters ``. / - ' + *`` inside them, so a lexer needs to know which exist.

The decision, which `lexer` carries out:

- words that stand side by side are one name (``Applicant Age``), since FEEL has no operator between two names;
- a name that contains a keyword or an operator character (``date and time``, ``first-name``, ``profit and loss``)
  is recognised when it is known: built in, declared earlier in the source (context key, iteration variable,
  parameter) or given to `compile_expression` as `names`; the longest known name wins;
- a name between backticks is taken as it stands, as Camunda does.
"""

import re
from collections.abc import Iterable

# XML-like name characters of DMN 1.5, 10.3.1.2, rules 28 and 29.
NAME_START = (
    "?A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
NAME_PART = NAME_START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
WORD = re.compile(f"[{NAME_START}][{NAME_PART}]*")
_PIECE = re.compile(rf"[{NAME_PART}]+|[./\-'+*]|\s+")
_FULL_NAME = re.compile(rf"[{NAME_START}][{NAME_PART}./\-'+*\s]*")

KEYWORDS = frozenset([
    "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "between", "function",
    "true", "false", "null",
])  # fmt: skip

# Names of types and properties with a keyword inside; the built-in functions add theirs.
TYPE_NAMES = ("date and time", "days and time duration", "years and months duration")
# Camunda's names of types with operator characters; names only behind `instance of`.
HYPHENATED_TYPES = ("day-time-duration", "year-month-duration")


def is_name(text: str) -> bool:
    """Say whether `text` can be a FEEL name."""
    return _FULL_NAME.fullmatch(text.strip()) is not None


def normalise(text: str) -> str:
    """Return a name as FEEL compares it: trimmed, with one space where the source has some."""
    return " ".join(text.split())


class KnownNames:
    """Names with keywords or operator characters, found in a source by their longest match."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._patterns: dict[str, list[tuple[re.Pattern[str], str]]] = {}
        for name in names:
            self.add(name)

    def copy(self) -> "KnownNames":
        """Return the same names, to be added to without changing this."""
        twin = KnownNames()
        twin._patterns = {first: list(found) for first, found in self._patterns.items()}
        return twin

    def add(self, name: str) -> None:
        """Know `name` from now on. Names that the lexer finds by itself need no entry and get none."""
        name = normalise(name)
        first = WORD.match(name)
        if (
            first is None
            or name in KEYWORDS
            or all(word not in KEYWORDS and WORD.fullmatch(word) for word in name.split())
        ):
            return
        found = self._patterns.setdefault(first.group(), [])
        if all(name != known for _, known in found):
            found.append((_pattern(name), name))
            found.sort(key=lambda entry: -len(entry[1]))

    def match(self, source: str, position: int, word: str) -> tuple[str, int] | None:
        """Return the longest known name that starts with `word` at `position`, and where it ends."""
        for pattern, name in self._patterns.get(word, ()):
            found = pattern.match(source, position)
            if found:
                return name, found.end()
        return None


def _pattern(name: str) -> re.Pattern[str]:
    pieces = [r"\s+" if piece.isspace() else re.escape(piece) for piece in _PIECE.findall(name)]
    ending = f"(?![{NAME_PART}])" if name[-1] not in "./-'+*" else ""
    return re.compile("".join(pieces) + ending)
