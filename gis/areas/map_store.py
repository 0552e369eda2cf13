"""What a map page needs to know of the areas before it opens."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from gis.db.sql import load


@dataclass(frozen=True, slots=True)
class MapExtent:
    """The area a map shows: bbox (left, bottom, right, top) in degrees, and whether it is invented.

    `code` and `name` are empty where several areas of one level make up the whole.
    """

    code: str
    name: str
    bbox: tuple[float, float, float, float]
    is_sample: bool


def map_extent(session: Session) -> MapExtent | None:
    """The service area's extent, else the topmost area's; None while nothing is loaded."""
    row = session.execute(load("gis.areas", "map_view")).one()
    if row.left is None:
        return None
    bbox = (float(row.left), float(row.bottom), float(row.right), float(row.top))
    return MapExtent(row.code, row.name, bbox, bool(row.is_sample))
