"""The README says of each engine what the contract shows."""

import re
from pathlib import Path

from tests.contract.features import COLUMNS, NOT_SUPPORTED, ROWS, table

_FOLDER = Path(__file__).parent
_README = _FOLDER.parent.parent / "README.md"


def test_every_test_of_the_contract_is_in_one_row() -> None:
    written = [
        name
        for file in _FOLDER.glob("test_*.py")
        if file.name != Path(__file__).name
        for name in re.findall(r"^def (test_\w+)\(scenario", file.read_text(), re.MULTILINE)
    ]
    assert sorted(written) == sorted(test for tests in ROWS.values() for test in tests)


def test_what_is_not_supported_is_asked_for() -> None:
    assert NOT_SUPPORTED.keys() <= COLUMNS.keys()
    assert set().union(*NOT_SUPPORTED.values()) <= {test for tests in ROWS.values() for test in tests}


def test_the_readme_has_the_table() -> None:
    assert "\n".join(table()) in _README.read_text()
