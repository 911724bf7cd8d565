"""FEEL numbers: decimal128, 34 digits, half-even; what has no finite result is null."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

# No traps: an impossible operation gives NaN or an infinity, which `finite` turns into null.
CONTEXT = Context(prec=34, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, traps=[])
ZERO = Decimal(0)
ONE = Decimal(1)


def finite(number: Decimal) -> Decimal | None:
    """Return `number`, or None when it is NaN or infinite."""
    return number if number.is_finite() else None


def within_range(number: Decimal) -> bool:
    """Say whether `number` is finite and of a size that decimal128 has."""
    return number.is_finite() and (not number or abs(number.adjusted()) <= CONTEXT.Emax)


def parse_number(text: str) -> Decimal | None:
    """Return the number of a numeric literal's text, rounded to 34 digits; None when it is out of range."""
    return finite(CONTEXT.create_decimal(text))


def whole(number: Decimal) -> int | None:
    """Return a number without a fraction as an int, else None; sizes past any list or calendar are None too."""
    if number.copy_abs() > 10**15 or number != number.to_integral_value():
        return None
    return int(number)


def number_text(number: Decimal) -> str:
    """Return a number as FEEL writes it: no exponent, no needless zeros."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
