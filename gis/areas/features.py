"""Areas as GeoJSON, straight from the database: no geometry passes through Python."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gis.db.sql import load

DIGITS = 7  # a centimetre


def area_features(
    session: Session, level: str = "grid", *, within: str | None = None, digits: int = DIGITS
) -> bytes:
    """The current areas of a level as a GeoJSON FeatureCollection in UTF-8, ordered by code.

    `within` is the code of an area whose subtree is wanted; coordinates have `digits` decimals.
    """
    parameters = {"level": level, "within": within, "digits": digits}
    found: str = session.execute(load("gis.areas", "area_features"), parameters).scalar_one()
    return found.encode()
