"""What a planner asks of a standard: which facilities a community is missing, what new housing needs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.base.errors import Invalid
from gis.coverage import deficits, deficits_known, members, planning_store, scope, standards_store
from gis.coverage.asked import asked_about
from gis.coverage.deficits import HousingNeed
from gis.coverage.deficits_model import DeficitAnswer
from gis.coverage.deficits_place import Ground, Place, hidden
from gis.coverage.found import rows_inside
from gis.coverage.in_scenario import scenario_of
from gis.coverage.standards import Standard, read_standards
from gis.db.engine import unit_of_work

DEFAULT = "gb50180"
MOST_PEOPLE = 10_000_000
_NAMED = re.compile(r"([a-z0-9_]{1,40})(?:@([A-Za-z0-9_.-]{1,40}))?", re.ASCII)


def deficit_answer(
    engine: Engine, area: str | None = None, standards: str = DEFAULT, cache_dir: Path | None = None
) -> DeficitAnswer:
    """The deficits of the communities of an area as far as the engine's scope may read their people.

    Raises `Invalid` (`unknown_standard`, `area_level` for an area below the communities), `NotFound`
    (`area_not_found`), `Forbidden` (`outside_scope`).
    """
    world, asker = asked_about(engine, area, cache_dir)
    inside = rows_inside(world, area)
    listed = members.communities(world, area)
    if area is not None and not len(listed):
        raise Invalid(
            "area_level",
            "配套按社区计算，请选择社区或以上的区域",
            "facilities are judged by community: ask for one or for an area above",
            field="area",
        )
    codes = world.areas["code"].to_numpy(dtype=object)[listed]
    with unit_of_work(engine) as session:
        standard = _find(session, standards, area or _common(codes.tolist()))
        ground = _ground(session, engine)
    seen = scope.areas_seen(world.areas, roots := scope.held(asker, scope.PEOPLE))
    whole = scope.told_whole(world, roots, area)
    place = Place(world, standard, listed, seen[listed], inside, ground)
    rows, totals = place.judged()
    return DeficitAnswer(
        standard=standard,
        area=area,
        rows=rows,
        totals=totals if whole else [hidden(row) for row in totals],
        ranked=place.ranked(rows),
        as_of=datetime.now(UTC),
        network_version=world.version,
        rule_version=world.versions[1],
        suppressed=not whole,
        notes=deficits_known.notes(place.unknown),
    )


def _ground(session: Session, engine: Engine) -> Ground:
    """Floor areas, and where stations stand, as they are now or with the edits of the engine's scenario."""
    floor = standards_store.station_areas(session)
    scenario = scenario_of(engine)
    found = None if scenario is None else planning_store.read_scenario(session, scenario)
    edits = [] if found is None else found["edits"]
    told = {edit["code"]: edit.get("floor_area_m2") for edit in edits if edit["kind"] == "add_station"}
    floor |= {code: area for code, area in told.items() if area is not None}
    return Ground(floor, standards_store.placed_grids(session, edits) if edits else {})


def _find(session: Session, named: str, area: str) -> Standard:
    """The standard called `profile` or `profile@version` for an area's code. Raises `Invalid`."""
    parts = _NAMED.fullmatch(named)
    found = parts and standards_store.find_standard(session, parts[1], parts[2], area)
    if not found:
        known = standards_store.standard_names(session)
        raise Invalid(
            "unknown_standard",
            f"没有此配套标准，现有：{'、'.join(known)}",
            f"there is no such standard; there are: {', '.join(known)}",
            field="standards",
            known=known,
        )
    return found


def _common(codes: list[str]) -> str:
    """What all codes begin with: a standard of that area is a standard of each."""
    if not codes:
        return ""
    first, last = min(codes), max(codes)
    same = [a == b for a, b in zip(first, last, strict=False)]
    return first[: same.index(False) if False in same else len(same)]


def housing_need(
    engine: Engine,
    households: int,
    residents: int | None = None,
    area: str | None = None,
    standards: str = DEFAULT,
) -> tuple[Standard, list[HousingNeed]]:
    """What a housing project of so many households needs by a standard; `area` chooses a city's own.

    Raises `Invalid` (`out_of_range`, `unknown_standard`).
    """
    for field, value in (("households", households), ("residents", residents)):
        if value is not None and not 0 < value <= MOST_PEOPLE:
            raise Invalid("out_of_range", "应为正整数", "a positive whole number is wanted", field=field)
    with unit_of_work(engine) as session:
        standard = _find(session, standards, area or "")
    return standard, deficits.housing(standard, households, residents)


def import_standards(engine: Engine, path: Path) -> list[Standard]:
    """Store the standards of a CSV file, in place of earlier imports of the same ones. Raises `InvalidFile`."""
    found = read_standards(path.read_bytes())
    with unit_of_work(engine) as session:
        for standard in found:
            standards_store.put_standard(session, standard)
    return found
