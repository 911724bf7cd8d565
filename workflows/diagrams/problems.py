"""What is wrong with a file, said so that its author can mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where it is, what it is, how to mend it. `line` counts from 1; 0 is the file as a whole."""

    file: str
    line: int
    element: str
    name: str
    what: str
    mend: str

    def __str__(self) -> str:
        element = f" {self.element}" if self.element else ""
        name = f" ({self.name})" if self.name else ""
        return f"{self.file}:{self.line}:{element}{name}: {self.what} {self.mend}".rstrip()
