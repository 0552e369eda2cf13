"""The coverage room's standards in the database: reading one, putting one in place of its last import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import Session

from gis.base.crs import LONLAT
from gis.coverage.standards import Standard, TypeStandard
from gis.coverage.store import PACKAGE
from gis.coverage.tables import FacilityStandard, StandardProfile
from gis.db.sql import load

_COLUMNS = tuple(column for column in TypeStandard.__dataclass_fields__)


def find_standard(session: Session, profile: str, version: str | None, area: str) -> Standard | None:
    """The standard of this name for the area of this code: the city's own before that of everywhere, then the newest.

    A city's standard is for the areas whose codes begin with its code; `area` may be the common beginning of several.
    """
    rows = select(StandardProfile).where(
        StandardProfile.profile == profile, literal(area).startswith(StandardProfile.city)
    )
    if version is not None:
        rows = rows.where(StandardProfile.version == version)
    newest = (func.length(StandardProfile.city).desc(), StandardProfile.id.desc())
    found = session.scalars(rows.order_by(*newest).limit(1)).first()
    return None if found is None else _standard(session, found)


def _standard(session: Session, found: StandardProfile) -> Standard:
    rows = session.execute(
        select(*(getattr(FacilityStandard, name) for name in _COLUMNS))
        .where(FacilityStandard.profile_id == found.id)
        .order_by(FacilityStandard.tier_min, FacilityStandard.type)
    )
    return Standard(
        found.profile,
        found.version,
        found.city,
        found.name_zh,
        found.name_en,
        found.m2_per_100_households,
        found.covered_share,
        found.confidence,
        found.area_confidence,
        found.source,
        tuple(TypeStandard(*row) for row in rows),
    )


def standard_names(session: Session) -> list[str]:
    """The names of all standards there are."""
    return list(session.scalars(select(StandardProfile.profile).distinct().order_by(StandardProfile.profile)))


def put_standard(session: Session, standard: Standard) -> None:
    """Store a standard in place of an earlier import of the same profile, version and city."""
    key = (StandardProfile.profile, StandardProfile.version, StandardProfile.city)
    mine = (standard.profile, standard.version, standard.city)
    session.execute(delete(StandardProfile).where(*(c == v for c, v in zip(key, mine, strict=True))))
    whole = {name: value for name, value in asdict(standard).items() if name != "types"}
    identifier = session.scalar(insert(StandardProfile).values(**whole).returning(StandardProfile.id))
    if standard.types:
        rows = [asdict(row) | {"profile_id": identifier} for row in standard.types]
        session.execute(insert(FacilityStandard), rows)


def station_areas(session: Session) -> dict[str, float]:
    """Floor area in m² by the code of a station, of those whose area is known."""
    return {row.code: row.floor_area_m2 for row in session.execute(load(PACKAGE, "station_areas"))}


def placed_grids(session: Session, edits: Iterable[Mapping[str, Any]]) -> dict[str, int | None]:
    """The grid of every station that edits (JSON) add or move, by its code: a place that is only imagined has none."""
    moved = {edit["code"]: edit for edit in edits if edit["kind"] in {"add_station", "move_station"}}
    points = {name: [float(edit[name[:3]]) for edit in moved.values()] for name in ("lons", "lats")}
    found = session.scalars(load(PACKAGE, "place_grids"), {**points, "lonlat": LONLAT})
    return dict(zip(moved, found, strict=True))
