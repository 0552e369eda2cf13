"""This room's rows: reading categories, sets and standards, and the functions that store them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from gis.db.sql import load
from gis.events.standards.model import (
    Category,
    CategoryRow,
    RuleChange,
    SetFacts,
    Standard,
    StandardRow,
    StandardSet,
    Version,
)

PACKAGE: Final = "gis.events.standards"
_OF_STANDARD: Final = frozenset(Standard.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class RulesFacts:
    """What decides whether a set of a city may be stored."""

    held: bool
    known: bool
    taken: bool
    open_from: date | None
    today: date


def categories(session: Session) -> dict[str, Category]:
    """Every category by its key, retired ones too, families before leaves."""
    rows = session.execute(load(PACKAGE, "categories_all")).mappings()
    made = (
        Category(**dict(row) | {"history": tuple(_version(one) for one in row["history"])}) for row in rows
    )
    return {one.key: one for one in made}


def _version(told: dict[str, Any]) -> Version:
    return Version(**told | {"until": datetime.fromisoformat(told["until"])})


def standards_for(
    session: Session, category_id: int, path: Sequence[int] | None, day: date | None = None
) -> list[Standard]:
    """The conditions an event of the category may be filed under in the area of this path, by number."""
    values = {"category": category_id, "path": None if path is None else list(path), "day": day}
    return [_standard(row) for row in session.execute(load(PACKAGE, "standards_choice"), values).mappings()]


def standard(session: Session, number: int) -> Standard | None:
    """One condition, in force or not."""
    row = session.execute(load(PACKAGE, "standard_one"), {"id": number}).mappings().first()
    return None if row is None else _standard(row)


def _standard(row: Any) -> Standard:
    told = {name: value for name, value in row.items() if name in _OF_STANDARD}
    return Standard(**told | {"evidence": tuple(row["evidence"])})


def listed(
    session: Session,
    *,
    area: str = "",
    set_id: int | None = None,
    category_id: int | None = None,
    search: str | None = None,
    limit: int,
) -> list[Standard]:
    """Conditions of one set, or of those in force for an area code, by category."""
    sought = None if search is None else "%" + _escaped(search) + "%"
    values = {"set_id": set_id, "city": area, "category": category_id, "search": sought, "row_limit": limit}
    return [_standard(row) for row in session.execute(load(PACKAGE, "standards_listed"), values).mappings()]


def _escaped(search: str) -> str:
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def sets(session: Session) -> list[StandardSet]:
    """Every set, cities by code, the newest first."""
    return [StandardSet(**row) for row in session.execute(load(PACKAGE, "sets")).mappings()]


def conditions(session: Session, set_id: int) -> list[StandardRow]:
    """The conditions of one set, without their numbers."""
    rows = session.execute(load(PACKAGE, "set_conditions"), {"set_id": set_id}).mappings()
    return [StandardRow(**dict(row) | {"evidence": tuple(row["evidence"])}) for row in rows]


def facts(session: Session, city: str, version: str | None) -> RulesFacts:
    """Whose a city is and what is there already."""
    row = session.execute(load(PACKAGE, "rules_facts"), {"city": city, "version": version}).mappings().one()
    return RulesFacts(**row)


def changes(session: Session, kind: str, about: str | None, count: int) -> list[RuleChange]:
    """Who changed rules of a kind, the latest first."""
    values = {"kind": kind, "object": about, "count": count}
    return [RuleChange(**row) for row in session.execute(load(PACKAGE, "rule_changes"), values).mappings()]


def lock(session: Session, what: str) -> None:
    """Wait for whoever imports the same."""
    session.execute(load(PACKAGE, "lock_rules"), {"what": what})


def put_standards(
    session: Session,
    given: SetFacts,
    rows: Iterable[StandardRow],
    ids: dict[str, int],
    counted: dict[str, int],
) -> int:
    """Store a set; its number."""
    told = [asdict(row) | {"category_id": ids[row.category]} for row in rows]
    values = {"given": _json(asdict(given)), "standards": _json(told), "counted": _json(counted)}
    return int(session.execute(load(PACKAGE, "put_standards"), values).scalar_one())


def put_categories(session: Session, city: str, rows: Iterable[CategoryRow], counted: dict[str, int]) -> int:
    """Add, change and retire categories; how many."""
    values = {"city": city, "given": _json([asdict(row) for row in rows]), "counted": _json(counted)}
    return int(session.execute(load(PACKAGE, "put_categories"), values).scalar_one())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)


def area_path(session: Session, code: str) -> list[int] | None:
    """The ids of an area in force from the top down to it; None where there is none."""
    found = session.scalar(load(PACKAGE, "area_path"), {"code": code})
    return None if found is None else list(found)
