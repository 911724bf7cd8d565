"""Fitting names into shapes, without a font at hand: widths are those of a wide sans serif, roughly."""

from collections.abc import Iterator

LINE_HEIGHT = 14.0
_NARROW, _USUAL, _CAPITAL, _WIDE = 4.0, 7.2, 8.4, 11.2
_SIGNS = "_-./:"
_CHARACTERS = dict.fromkeys("iljtfrI.,:;'!|()[] -", _NARROW) | dict.fromkeys("mwMW@%—…", _WIDE)


def width_of(text: str) -> float:
    """Return about how wide a text is in letters of twelve units."""
    return sum(_CHARACTERS.get(letter, _CAPITAL if letter.isupper() else _USUAL) for letter in text)


def wrap(text: str, width: float, lines: int) -> list[str]:
    """Break a text into at most so many lines of at most this width; what does not fit gives way to an ellipsis."""
    broken = list(_lines(text, width))
    if len(broken) <= lines:
        return broken
    last = broken[lines - 1]
    while last and width_of(last + "…") > width:
        last = last[:-1]
    return [*broken[: lines - 1], last.rstrip() + "…"]


def _lines(text: str, width: float) -> Iterator[str]:
    line = ""
    for word in (piece for whole in text.split() for piece in _pieces(whole, width)):
        longer = f"{line} {word}" if line else word
        if line and width_of(longer) > width:
            yield line
            line = word
        else:
            line = longer
    if line:
        yield line


def _pieces(word: str, width: float) -> Iterator[str]:
    """A word, broken where it is wider than a line: after a sign in it if there is one."""
    rest = word
    while width_of(rest) > width:
        most = next(end for end in range(2, len(rest) + 1) if width_of(rest[:end]) > width) - 1
        signs = [place + 1 for place in range(most) if rest[place] in _SIGNS]
        end = signs[-1] if signs else most
        yield rest[:end]
        rest = rest[end:]
    if rest:
        yield rest
