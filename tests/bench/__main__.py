"""Prints what things cost, as ratios against a baseline named beside them: `make bench`, or `python -m tests.bench`.

Each module `bench_*` of this folder has a function `main` that prints its lines.
"""

import importlib
from pathlib import Path


def main() -> None:
    """Run every bench, one after the other."""
    for file in sorted(Path(__file__).parent.glob("bench_*.py")):
        importlib.import_module(f"tests.bench.{file.stem}").main()


if __name__ == "__main__":
    main()
