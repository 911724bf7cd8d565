"""Ticket numbers: short enough to read out, too many to guess."""

from secrets import choice

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O and U, which are misread or spell words
_LENGTH = 10


def new_ticket() -> str:
    """Return a ticket number of 12 characters, such as ``T-7Q2M0XKE4B``: one of 10^15."""
    return "T-" + "".join(choice(_CROCKFORD) for _ in range(_LENGTH))
