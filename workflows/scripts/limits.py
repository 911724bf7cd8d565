"""How much a script may use."""

from dataclasses import dataclass

MAX_SOURCE = 20_000
"""Characters that a script may have."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run of a script may take; whoever takes more is stopped, and the error says of what.

    `seconds` of wall-clock time; `memory_bytes` of address space for the whole child process, of which the
    interpreter needs some 25 MiB; `steps`: lines executed; `output_bytes`: size of the changed variables as JSON.
    """

    seconds: float = 1.0
    memory_bytes: int = 256 * 1024 * 1024
    steps: int = 250_000
    output_bytes: int = 1_000_000
