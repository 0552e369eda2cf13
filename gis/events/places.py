"""What is asked about places: the card of an area, what lies below it, which grid a point belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.areas import store as areas
from gis.areas.features import area_features
from gis.areas.model import needs_confirmation
from gis.base.datum import refuse_swapped, to_wgs84
from gis.base.errors import NotFound
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.db.visible import scope_of_session
from gis.events.filters import scoped


@dataclass(frozen=True, slots=True)
class NamedArea:
    """An area by code and name."""

    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class LocateAnswer:
    """Where a point belongs: lon, lat in WGS-84 degrees; the distance to the grid's border in metres.

    `in_service_area` is whether a report from here is taken; where none is, nobody's area is named.
    """

    lon: float
    lat: float
    in_service_area: bool
    grid: NamedArea | None
    scope: NamedArea | None
    method: str
    border_distance_m: float | None
    confirm: bool


def area_card(engine: Engine, code: str) -> str:
    """The card of the area with this code as JSON text; NotFound `no_such_area`.

    Its events are null unless the scope holds the whole area: a part of them would pass for all.
    """
    with unit_of_work(engine) as session:
        query, values = scoped("area_card", scope_of_session(session))
        found = session.scalar(query, values | {"code": code})
    if found is None:
        raise _no_such_area()
    return str(found)


def areas_below(engine: Engine, parent: str | None) -> str:
    """The areas right below `parent` (the roots when None) as JSON text; NotFound `no_such_area`."""
    with unit_of_work(engine) as session:
        if parent is not None and not _exists(session, parent):
            raise _no_such_area("parent")
        query, values = scoped("areas_below", scope_of_session(session))
        return str(session.scalar(query, values | {"parent": parent}))


def grid_features(engine: Engine, level: str, *, within: str | None) -> bytes:
    """The areas of a level as a GeoJSON FeatureCollection, see `gis.areas.features.area_features`.

    Raises `Invalid` (`unknown_area`).
    """
    with unit_of_work(engine) as session:
        if within is not None:
            areas.refuse_unknown_area(session, within)
        return area_features(session, level, within=within)


def locate_point(
    engine: Engine, lon: float, lat: float, coord_sys: str, accuracy_m: float | None
) -> LocateAnswer:
    """Which grid a point given in `coord_sys` belongs to, how, and whether its accuracy asks for confirmation."""
    refuse_swapped(lon, lat)
    x, y = to_wgs84(lon, lat, coord_sys)
    with unit_of_work(engine) as session:
        found = areas.locate(session, x, y)
        return LocateAnswer(
            lon=x,
            lat=y,
            in_service_area=found.served,
            grid=_named(session, found.grid_id),
            scope=_named(session, found.scope_area_id) if found.served else None,
            method=found.method,
            border_distance_m=found.border_distance_m,
            confirm=needs_confirmation(found.method, found.border_distance_m, accuracy_m),
        )


def _named(session: Session, area_id: int | None) -> NamedArea | None:
    if area_id is None:
        return None
    row = session.execute(load("gis.events", "area_named"), {"id": area_id}).one()
    return NamedArea(row.code, row.name, row.level)


def _exists(session: Session, code: str) -> bool:
    return bool(session.scalar(load("gis.events", "area_exists"), {"code": code}))


def _no_such_area(field: str = "code") -> NotFound:
    return NotFound("no_such_area", "没有这个区域", "There is no such area", field=field)
