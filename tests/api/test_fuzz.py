"""Whatever is sent to the API is answered as its description says; `python -m tests.api.fuzz` sends much more."""

from tests.api.fuzz import run
from tests.house import House


def test_whatever_is_sent_is_answered_as_described(house: House) -> None:
    findings = run(house, examples=2, seed=20_260_601)
    assert findings.wrong == {}
    assert findings.requests > 500
    assert {200, 401, 403, 404, 422} <= findings.statuses.keys()
