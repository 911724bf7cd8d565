"""What people may write into fields. Each function returns the cleaned value or raises `InvalidInput` for its field."""

import re
from datetime import date, datetime
from decimal import Decimal
from unicodedata import category, combining, normalize

from app.clinic.errors import InvalidInput

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_MOBILE = re.compile(r"\+?[0-9][0-9 ()/.-]{4,18}")
_USERNAME = re.compile(r"[a-z0-9](?:[a-z0-9._@-]{1,38})[a-z0-9]")
_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,2})?")
_STAFF_NUMBER = re.compile(r"[A-Z]{2,5}-[0-9]{1,6}")

_OLDEST_YEARS = 130

MOST_MONEY = Decimal("100000.00")
"""The largest amount of one posting: more is a slip of the pen."""

# Characters that turn the direction of the text around them: a name with them can make a page lie.
_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def text(field: str, value: str, *, longest: int, required: bool = True) -> str:
    """Return one line of text, composed and without outer spaces, of 1 (or 0) to `longest` characters."""
    cleaned = _clean(field, value, allowed="")
    return _sized(field, cleaned, longest, required=required)


def paragraphs(field: str, value: str, *, longest: int, required: bool = True) -> str:
    """Return text that may have several lines, otherwise as `text`."""
    cleaned = _clean(field, value.replace("\r\n", "\n"), allowed="\n\t")
    return _sized(field, cleaned, longest, required=required)


def username(value: str) -> str:
    """Return a user name in lower case: 3 to 40 letters, digits and ``. _ @ -`` between them."""
    cleaned = value.strip().lower()
    if not _USERNAME.fullmatch(cleaned):
        raise InvalidInput("username", "A user name has 3 to 40 letters a-z, digits, and . _ @ - between them.")
    return cleaned


def email(value: str) -> str:
    """Return an address that mail can be sent to."""
    cleaned = text("email", value, longest=254)
    if not _EMAIL.fullmatch(cleaned):
        raise InvalidInput("email", "Write an e-mail address such as ana@example.org.")
    return cleaned


def mobile(value: str) -> str:
    """Return a telephone number as it was written."""
    cleaned = text("mobile", value, longest=20)
    if not _MOBILE.fullmatch(cleaned):
        raise InvalidInput("mobile", "Write a telephone number such as +49 151 2345678.")
    return cleaned


def staff_number(field: str, value: str) -> str:
    """Return a staff number: letters, a hyphen, digits."""
    cleaned = value.strip().upper()
    if not _STAFF_NUMBER.fullmatch(cleaned):
        raise InvalidInput(field, "Write a staff number such as HSP-200.")
    return cleaned


def day(field: str, value: str) -> date:
    """Return a day that is written as in ISO 8601."""
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        raise InvalidInput(field, "Write the day, such as 1980-12-31.") from None


def birthday(value: date, now: datetime) -> date:
    """Return a day on which somebody who lives can have been born."""
    if not 0 <= now.year - value.year <= _OLDEST_YEARS or value > now.date():
        raise InvalidInput("birthday", "Write the day of birth, such as 1980-12-31.")
    return value


def instant(field: str, value: datetime) -> datetime:
    """Return a datetime that says its time zone."""
    if value.tzinfo is None:
        raise InvalidInput(field, "The time needs a time zone.")
    return value


def money(field: str, value: Decimal | str) -> Decimal:
    """Return an amount of the clinic's currency: more than zero, in whole cents, at most `MOST_MONEY`.

    Text is digits with a point before the cents, as in ``60.00``: other signs and separators mean different things
    to different people.
    """
    if isinstance(value, str):
        if not _AMOUNT.fullmatch(value.strip()):
            raise InvalidInput(field, "Write the amount in digits, with a point before the cents, such as 60.00.")
        value = Decimal(value.strip())
    if not value.is_finite() or value <= 0:
        raise InvalidInput(field, "The amount has to be more than zero.")
    if value > MOST_MONEY:
        raise InvalidInput(field, f"The amount can be {MOST_MONEY:,} at most.")
    if value != (cents := value.quantize(Decimal("0.01"))):
        raise InvalidInput(field, "The amount can't have a fraction of a cent.")
    return cents


def search_key(value: str) -> str:
    """Return text without case and accents, for comparing what people type with what is stored."""
    letters = normalize("NFKD", value.casefold())
    plain = (letter if letter.isprintable() else " " for letter in letters if not combining(letter))
    return " ".join("".join(plain).split())


def _clean(field: str, value: str, *, allowed: str) -> str:
    for letter in value:
        if letter not in allowed and (category(letter) in {"Cc", "Cs"} or letter in _DIRECTIONS):
            raise InvalidInput(field, f"The character U+{ord(letter):04X} can't be used here.")
    return normalize("NFC", value).strip()


def _sized(field: str, value: str, longest: int, *, required: bool) -> str:
    if required and not value:
        raise InvalidInput(field, "This is needed.")
    if len(value) > longest:
        raise InvalidInput(field, f"This has {len(value)} characters; at most {longest} fit.")
    return value
