"""The streets of the register for readers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from gis.db.engine import unit_of_work
from gis.db.sql import load

MOST_STREETS = 1_000
Box = tuple[float, float, float, float]


def street_features(engine: Engine, box: Box | None = None, codes: Sequence[str] = ()) -> list[str]:
    """Streets in `box` (left, bottom, right, top in degrees) and those of `codes`, as GeoJSON feature texts by code.

    `MOST_STREETS` at most: whoever gets as many asks for a smaller box.
    """
    sides: tuple[float | None, ...] = (None,) * 4 if box is None else box
    parameters = dict(zip(("west", "south", "east", "north"), sides, strict=True)) | {
        "codes": list(codes), "row_limit": MOST_STREETS,
    }  # fmt: skip
    with unit_of_work(engine) as session:
        return list(session.execute(load("gis.walking", "street_features"), parameters).scalars())
