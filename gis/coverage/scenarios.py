"""Scenarios: a named list of edits and a question, kept to be asked again, compared, shared and adopted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import Conflict, Invalid, NotFound, Stale
from gis.base.ids import uuid7
from gis.base.turning import TURNING
from gis.coverage import planning_store as store
from gis.coverage import scope
from gis.coverage.edit_rules import read_edits, refuse_inapplicable
from gis.coverage.in_scenario import no_such_scenario
from gis.coverage.model import ask
from gis.coverage.world import World, current_world
from gis.db.engine import unit_of_work
from gis.db.scope import Roots, outside_scope, scope_of
from gis.walking.edit_kinds import edit_to_json

PLAN = store.PLAN
LONGEST_NAME, LONGEST_NOTE = 80, 2000
MOST_SCENARIOS = 50
_UNPRINTABLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff{TURNING}]")
_ASKED = frozenset({"types", "minutes", "metres", "profile", "area", "at", "capacity"})


@dataclass(frozen=True, slots=True)
class Scenario:
    """A saved scenario. `edits` and `question` are JSON; `area` is the code of the area it is about.

    `mine` tells whether the reader made it. `adopted_at` is when its edits were made real.
    """

    id: UUID
    name: str
    note: str
    edits: list[dict[str, Any]]
    question: dict[str, Any]
    area: str
    area_id: int
    version: int
    mine: bool
    created_at: datetime
    updated_at: datetime
    adopted_at: datetime | None


def _scenario(row: Mapping[str, Any], account: int | None) -> Scenario:
    given = {name: value for name, value in row.items() if name != "created_by"}
    return Scenario(**given, mine=account is not None and row["created_by"] == account)


def _account(engine: Engine) -> int | None:
    asker = scope_of(engine)
    return None if asker is None else asker.account_id


def _refuse_more(session: Session, account: int | None) -> None:
    """Conflict `too_many_scenarios` for an account that has `MOST_SCENARIOS`."""
    if account is not None and store.count_scenarios(session, account) >= MOST_SCENARIOS:
        raise Conflict(
            "too_many_scenarios",
            f"每人最多保存 {MOST_SCENARIOS} 个方案，请先删除不用的",
            f"at most {MOST_SCENARIOS} scenarios each: delete one first",
            most=MOST_SCENARIOS,
        )


def create_scenario(
    engine: Engine,
    name: str,
    edits: Sequence[Mapping[str, Any]],
    *,
    note: str = "",
    question: Mapping[str, Any] | None = None,
    cache_dir: Path | None = None,
) -> Scenario:
    """Save a scenario, on record (`scenario.create`).

    It is about the area of its question, else about the highest area the maker plans in. Raises Invalid
    (`scenario_name`, `scenario_note`, `scenario_question`, and as `read_edits` and `ask`), NotFound
    (`area_not_found`), Conflict (`edit_not_applicable`, `too_many_scenarios`), Forbidden (`outside_scope`).
    """
    world = current_world(engine, cache_dir)
    values = _checked(world, {"name": name, "note": note, "edits": edits, "question": question or {}})
    area = _area(world, scope.held(scope_of(engine), PLAN), values["question"].get("area"))
    made = uuid7()
    with unit_of_work(engine) as session:
        _refuse_more(session, _account(engine))
        store.add_scenario(session, {**values, "id": made, "area_id": area, "created_by": _account(engine)})
        record(session, "scenario.create", "scenario", made, area_id=area, details={"edits": len(edits)})
        return _one(session, made, _account(engine))


def read_scenario(engine: Engine, scenario: UUID) -> Scenario:
    """One scenario; NotFound `scenario_not_found` also where the scope may not read it."""
    with unit_of_work(engine) as session:
        return _one(session, scenario, _account(engine))


def list_scenarios(engine: Engine, count: int = 50, before: UUID | None = None) -> list[Scenario]:
    """The newest scenarios one may read, those made before `before`: one's own, and of the areas one plans in."""
    with unit_of_work(engine) as session:
        return [_scenario(row, _account(engine)) for row in store.list_scenarios(session, count, before)]


def change_scenario(
    engine: Engine, scenario: UUID, version: int, given: Mapping[str, Any], *, cache_dir: Path | None = None
) -> Scenario:
    """Change some of name, note, edits and question of this version, on record (`scenario.update`).

    It stays about its area. Raises as `create_scenario`, and NotFound (`scenario_not_found`), Stale (`stale`).
    """
    world = current_world(engine, cache_dir)
    with unit_of_work(engine) as session:
        store.take_time(session)  # edits are tried in it
        old = _one(session, scenario, _account(engine))
        values = _checked(world, {"name": old.name, "note": old.note, **given})
        kept = {"edits": old.edits, "question": old.question}
        if not store.change_scenario(session, scenario, version, {**kept, **values}):
            raise stale()
        details = {"changed": sorted(given)}
        record(session, "scenario.update", "scenario", scenario, area_id=old.area_id, details=details)
        return _one(session, scenario, _account(engine))


def delete_scenario(engine: Engine, scenario: UUID, version: int) -> None:
    """Delete this version, on record (`scenario.delete`); NotFound `scenario_not_found`, Stale `stale`."""
    with unit_of_work(engine) as session:
        old = _one(session, scenario, _account(engine))
        if not store.delete_scenario(session, scenario, version):
            raise stale()
        record(session, "scenario.delete", "scenario", scenario, area_id=old.area_id)


def _one(session: Session, scenario: UUID, account: int | None) -> Scenario:
    row = store.read_scenario(session, scenario)
    if row is None:
        raise no_such_scenario()
    return _scenario(row, account)


def stale() -> Stale:
    """Somebody else was faster."""
    return Stale("stale", "方案已被他人修改，请重新读取", "The scenario was changed meanwhile; read it again")


def _checked(world: World, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored."""
    values = dict(given)
    for name, code, zh, least, longest in (
        ("name", "scenario_name", "方案名称", 1, LONGEST_NAME),
        ("note", "scenario_note", "备注", 0, LONGEST_NOTE),
    ):
        text = values[name].strip() if isinstance(values[name], str) else ""
        if (
            not isinstance(values[name], str)
            or not least <= len(text) <= longest
            or _UNPRINTABLE.search(text)
        ):
            raise Invalid(
                code,
                f"{zh}应为 {least} 至 {longest} 个字",
                f"the {name} of a scenario has {least} to {longest} characters",
                field=name,
            )
        values[name] = text
    if "edits" in values:
        edits = read_edits(values["edits"])
        refuse_inapplicable(world, edits)
        values["edits"] = [edit_to_json(edit) for edit in edits]
    if "question" in values:
        values["question"] = _question(world, values["question"])
    return values


def _question(world: World, given: Any) -> dict[str, Any]:
    """A question as `ask` takes it, or none at all."""
    if not isinstance(given, Mapping) or not set(given) <= _ASKED:
        raise Invalid(
            "scenario_question",
            f"提问应含：{'、'.join(sorted(_ASKED))}",
            f"a question has: {', '.join(sorted(_ASKED))}",
            field="question",
        )
    asked = {name: value for name, value in given.items() if value is not None}
    if isinstance(asked.get("types"), str):
        asked["types"] = asked["types"].split(",")
    if set(asked) - {"area"}:
        more = {name: value for name, value in asked.items() if name != "types"}
        world.refuse_unknown(ask(asked.get("types", ()), **more).types)
    return asked


def _area(world: World, roots: Roots, code: str | None) -> int:
    """Id of the area a scenario is about: the one asked about, or the highest of those held."""
    areas = world.areas
    if code is not None and not (areas["code"] == code).any():
        raise NotFound(
            "area_not_found", f"没有编码为 {code} 的区域", f"there is no area {code}", field="area"
        )
    mine = scope.areas_seen(areas, roots)
    if code is not None:
        here = (areas["code"] == code).to_numpy() & mine
        if here.any():
            return int(areas["id"][here].iloc[0])
        above = areas["id"][areas["code"] == code].iloc[0]
        mine = mine & np.array([above in path for path in areas["path"]], dtype=np.bool_)
    if not mine.any():
        raise outside_scope()
    first = min(np.flatnonzero(mine), key=lambda row: len(areas["path"].iloc[row]))
    return int(areas["id"].iloc[first])
