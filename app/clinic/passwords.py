"""Passwords, as argon2id hashes."""

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from app.clinic.errors import InvalidInput

SHORTEST = 8
LONGEST = 128


def check(password: str) -> None:
    """Raise `InvalidInput` for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput("password", f"A password has {SHORTEST} to {LONGEST} characters.")


class Passwords:
    """Hashes and checks passwords at one cost; the default cost is argon2-cffi's, which follows RFC 9106."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._hash_of_nobody: str | None = None

    def hash(self, password: str) -> str:
        """Return the hash to store; raise `InvalidInput` for a password that is too short or too long."""
        check(password)
        return self._hasher.hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Say whether the password is the one that was hashed; with no hash, take as long to say no."""
        checked = stored if stored and len(password) <= LONGEST else self._nobody()
        try:
            self._hasher.verify(checked, password[:LONGEST])
        except VerifyMismatchError:
            return False
        return checked is stored

    def outdated(self, stored: str) -> bool:
        """Say whether the hash was made at another cost and should be made again."""
        return self._hasher.check_needs_rehash(stored)

    def _nobody(self) -> str:
        if self._hash_of_nobody is None:
            self._hash_of_nobody = self._hasher.hash("the password of nobody")
        return self._hash_of_nobody


STANDARD = Passwords()
