"""Searches whose criteria are texts in the address of a list."""

from typing import Self

from flask import request


class Texts:
    """What was asked for, as it stands in the address: a dataclass with slots, each a text, empty if not given."""

    __slots__: tuple[str, ...] = ()

    @classmethod
    def asked(cls) -> Self:
        """Return what the present request asks for."""
        return cls(**{name: request.args.get(name, "").strip() for name in cls.__slots__})

    @property
    def given(self) -> dict[str, str]:
        """What an address has to say to ask for the same."""
        return {name: text for name in self.__slots__ if (text := getattr(self, name))}
