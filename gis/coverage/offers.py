"""Which station types can be asked about: those in the data, in the order of the table of types."""

from __future__ import annotations

from sqlalchemy import Engine

from gis.coverage import store
from gis.db.engine import unit_of_work
from gis.register.station_types import StationType, station_type, station_types
from gis.register.tables import STATION_STATUS


def offered_types(engine: Engine) -> list[tuple[StationType, dict[str, int]]]:
    """The types that have a station of any status, and how many there are by status."""
    with unit_of_work(engine) as session:
        counts = store.type_counts(session)
    known = list(station_types())
    found = sorted(counts, key=lambda name: (known.index(name) if name in known else len(known), name))
    return [
        (station_type(name), {status: counts[name].get(status, 0) for status in STATION_STATUS})
        for name in found
    ]
