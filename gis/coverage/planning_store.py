"""Scenarios and edits of the register in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pandas as pd
from sqlalchemy.orm import Session

from gis.coverage.store import CIRCLES_LOCK, LAYERS_LOCK, copy_rows
from gis.db.scope import EVERYWHERE
from gis.db.sql import load
from gis.db.visible import scope_of_session

PACKAGE = "gis.coverage"
REGISTER_LOCK = 0x77616E67676504
"""Held by whoever writes to the register, until the transaction ends (`count_revision` in migration 0011)."""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


PLAN, EDIT = "coverage.plan", "register.edit"


def _reader(session: Session, permission: str) -> dict[str, Any]:
    """Who reads: the statements ask once more what the policies ask."""
    scope = scope_of_session(session)
    if scope is None:
        return {"everywhere": False, "roots": [], "account": None}
    roots = EVERYWHERE if scope.maintenance else scope.areas.get(permission, ())
    held = [] if isinstance(roots, str) else list(roots)
    return {"everywhere": roots == EVERYWHERE, "roots": held, "account": scope.account_id}


def read_scenario(session: Session, scenario: UUID) -> dict[str, Any] | None:
    """A scenario (columns of `scenario`, `area` its area's code), None when there is none for this scope."""
    row = session.execute(
        load(PACKAGE, "read_scenario"), _reader(session, PLAN) | {"id": scenario}
    ).one_or_none()
    return None if row is None else dict(row._mapping)


def list_scenarios(session: Session, count: int, before: UUID | None) -> list[dict[str, Any]]:
    """The newest scenarios made before `before` that this scope may read."""
    found = session.execute(
        load(PACKAGE, "list_scenarios"), _reader(session, PLAN) | {"count": count, "before": before}
    )
    return [dict(row._mapping) for row in found]


def count_scenarios(session: Session, account: int) -> int:
    """How many scenarios an account has."""
    return int(session.scalar(load(PACKAGE, "count_scenarios"), {"account": account}) or 0)


def add_scenario(session: Session, values: Mapping[str, Any]) -> None:
    """Store a new scenario: id, name, note, edits, question, area_id, created_by."""
    session.execute(load(PACKAGE, "add_scenario"), _as_columns(values))


def change_scenario(session: Session, scenario: UUID, version: int, values: Mapping[str, Any]) -> bool:
    """Replace name, note, edits and question of this version; whether it was still the one."""
    given = {**_as_columns(values), "id": scenario, "version": version}
    return session.scalar(load(PACKAGE, "change_scenario"), given) is not None


def adopt_scenario(session: Session, scenario: UUID, version: int) -> bool:
    """Write down that this version was made real; whether it was still the one."""
    given = {"id": scenario, "version": version}
    return session.scalar(load(PACKAGE, "adopt_scenario"), given) is not None


def delete_scenario(session: Session, scenario: UUID, version: int) -> bool:
    """Delete this version; whether it was still the one."""
    given = {"id": scenario, "version": version}
    return session.scalar(load(PACKAGE, "delete_scenario"), given) is not None


def _as_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _json(value) if name in ("edits", "question") else value for name, value in values.items()}


def lock_register(session: Session) -> None:
    """Hold back every other writer of the register until this transaction ends; it may think for a while meanwhile."""
    session.execute(load(PACKAGE, "lock_register"), {"key": REGISTER_LOCK})


def take_time(session: Session) -> None:
    """Let this transaction wait while the place is read."""
    session.execute(load(PACKAGE, "take_time"))


def lock_stored(session: Session) -> None:
    """Hold back other writers of stored layers and circles until this transaction ends."""
    session.execute(load(PACKAGE, "lock_stored"), {"layers": LAYERS_LOCK, "circles": CIRCLES_LOCK})


def edit_register(
    session: Session, edit: Mapping[str, Any], scenario: UUID | None, changed: Mapping[str, Any]
) -> tuple[int, int, int | None]:
    """Make one edit for real, on record: number of the edit, id of the row, id of its grid."""
    given = {"edit": _json(edit), "scenario": scenario, "changed": _json(changed)}
    row = session.execute(load(PACKAGE, "edit_register"), given).one()
    return row.edit_id, row.row_id, row.grid


def list_edits(session: Session, count: int, before: int | None) -> list[dict[str, Any]]:
    """The newest edits made for real before number `before` that this scope may read."""
    given = _reader(session, EDIT) | {"count": count, "before": before}
    found = session.execute(
        load(PACKAGE, "list_edits"), {name: given[name] for name in given if name != "account"}
    )
    return [dict(row._mapping) for row in found]


def current_layers(session: Session, versions: tuple[str, str]) -> list[tuple[int, tuple[str, ...], str]]:
    """Stored layers of any time made with these (network, rule) versions: id, station types, cost."""
    given = {"network": versions[0], "rule": versions[1]}
    return [
        (row.id, tuple(row.station_types), row.cost)
        for row in session.execute(load(PACKAGE, "current_layers"), given)
    ]


def change_reach(session: Session, rows: pd.DataFrame) -> None:
    """Put other answers in rows of `reach` (its columns; layer and building say which)."""
    if not len(rows):
        return
    session.execute(load(PACKAGE, "stage_reach"))
    copy_rows(session, "stage_reach", rows)
    session.execute(load(PACKAGE, "analyse_reach"))
    session.execute(load(PACKAGE, "change_reach"))


def name_layers(session: Session, layers: list[int], network: str) -> None:
    """Stored layers are of another network version now."""
    if layers:
        session.execute(load(PACKAGE, "name_layers"), {"layers": layers, "network": network})


def name_circles(session: Session, old: str, new: str, near: pd.DataFrame) -> None:
    """Drop the circles that a change may have touched, and let the others be of the new network version.

    `near` (station_id, distance_m) are the stations and how far each is from the change, 0 for one changed itself.
    """
    columns = {name: near[name].tolist() for name in ("station_id", "distance_m")}
    given = {"station_ids": columns["station_id"], "distances": columns["distance_m"], "old": old}
    if len(near):
        session.execute(load(PACKAGE, "drop_touched_circles"), given)
    session.execute(load(PACKAGE, "name_circles"), {"old": old, "new": new})
