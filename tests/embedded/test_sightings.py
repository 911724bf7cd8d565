"""Workers that were seen: none is missing from the list while the sightings are being written."""

from datetime import UTC, datetime, timedelta

from workflows.embedded.sightings import Sightings

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def test_a_sighting_stays_until_it_is_committed() -> None:
    sightings = Sightings()
    sightings.note("scales", ["weigh_parcel"], NOON)
    writing = sightings.fresh()
    assert sightings.fresh() == writing == {"scales": (("weigh_parcel",), NOON)}
    sightings.written(writing)
    assert sightings.fresh() == {}


def test_a_worker_that_asks_again_during_the_commit_is_written_next_time() -> None:
    sightings = Sightings()
    sightings.note("scales", ["weigh_parcel"], NOON)
    writing = sightings.fresh()
    later = NOON + timedelta(seconds=2)
    sightings.note("scales", ["weigh_parcel"], later)
    sightings.written(writing)
    assert sightings.fresh() == {"scales": (("weigh_parcel",), later)}
