"""The duty list (权责清单) and the admission list (准入清单): read from tables people send, kept by city and version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import Invalid
from gis.db.engine import unit_of_work
from gis.db.scope import outside_rules
from gis.events.dispatch import store
from gis.events.dispatch.decide import PLACE, fill, levels_in
from gis.events.dispatch.model import LEVELS, Target
from gis.events.dispatch.reading import CATEGORY, CODE, DEPARTMENT
from gis.events.dispatch.service import changing
from gis.events.dispatch.space import World
from gis.events.standards import store as standards
from gis.events.standards.cells import Row, no_rows, read_rows, refuse_bad
from gis.events.standards.model import Merge

HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("编号", "序号"),
    "name": ("事项", "事项名称", "名称"),
    "categories": ("类别", "事项类别", "category"),
    "basis": ("依据", "法律依据", "legal basis"),
    "lead": ("牵头部门", "主责部门", "责任部门", "lead department"),
    "supporting": ("配合部门", "协办部门", "supporting departments"),
    "area": ("区域", "社区", "适用区域"),
}
OF: Final = {"duty": ("code", "name", "categories", "lead"), "admission": ("code", "name", "categories")}
ACTIONS: Final = {"duty": "duties.import", "admission": "admissions.import"}
SPLIT = re.compile(r"[;；、,，\s]+")
MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds: its items, and that they were not kept in a dry run."""

    items: list[dict[str, Any]]
    kept: bool


def read_items(kind: str, data: bytes, suffix: str, world: World) -> list[dict[str, Any]]:
    """The items of a CSV or XLSX file. Raises InvalidFile with every bad row, and what reading raises."""
    rows = read_rows(data, suffix, HEADS, OF[kind])
    known = {step for path in world.categories.values() for step in path}
    seen: set[str] = set()
    items = [_item(kind, row, known, world, seen) for row in rows]
    refuse_bad(rows)
    return items


def _item(kind: str, row: Row, known: set[str], world: World, seen: set[str]) -> dict[str, Any]:
    code = row.text("code", needed=True)
    if code and not CODE.fullmatch(code):
        row.refuse("code", "bad_code", "编号应为字母数字", "a code is of letters and digits")
    if code in seen:
        row.refuse("code", "repeated", "编号重复", "the code is given twice")
    seen.add(code)
    item: dict[str, Any] = {"code": code, "name": row.text("name", needed=True), "basis": row.text("basis")}
    item["categories"] = _split(row, "categories", needed=True)
    for one in item["categories"]:
        if not CATEGORY.fullmatch(one) or one not in known:
            row.refuse(
                "categories", "unknown_category", f"没有这个事项类别：{one}", f"no such category: {one}"
            )
    if kind == "duty":
        item["lead"] = row.text("lead", needed=True)
        item["supporting"] = _split(row, "supporting")
        for name, codes in (("lead", [item["lead"]]), ("supporting", item["supporting"])):
            _check_departments(row, name, codes, world)
    else:
        item["area"] = row.text("area")
        if item["area"] and item["area"] not in world.areas:
            row.refuse("area", "unknown_area", "没有这个区域", "there is no such area")
    return item


def _split(row: Row, name: str, *, needed: bool = False) -> list[str]:
    found = sorted({one for one in SPLIT.split(row.text(name, needed=needed)) if one})
    if len(found) > MOST:
        row.refuse(name, "too_many", f"至多 {MOST} 项", f"at most {MOST}")
    return found


def _check_departments(row: Row, name: str, codes: list[str], world: World) -> None:
    """Departments by code, or by the levels of a place for which there is one somewhere."""
    for code in codes:
        if not code:
            continue
        named = PLACE.findall(code)
        good = DEPARTMENT.fullmatch(code) and all(one in LEVELS for one in named)
        if not good or not _somewhere(code, world):
            row.refuse(name, "unknown_department", f"没有这个部门：{code}", f"no such department: {code}")


def _somewhere(code: str, world: World) -> bool:
    needed = levels_in(Target("department", code))
    if not needed:
        return code in world.departments
    found = (world.places(area) for area in world.areas)
    return any(
        all(one in place for one in needed) and fill(code, place) in world.departments for place in found
    )


def import_list(
    engine: Engine,
    kind: str,
    data: bytes,
    suffix: str,
    *,
    city: str = "",
    version: str,
    begins: date,
    dry_run: bool = False,
    merge: Merge | None = None,
) -> Imported:
    """Store a file as a version of a list; what was in force in that city ends on the day it begins.

    With `merge` it has some items, and the version has all others as they are on that day.

    Raises InvalidFile with every bad row, Invalid `bad_version`, `unknown_city`, Forbidden
    `rules_outside_scope`.
    """
    if not CODE.fullmatch(version):
        raise Invalid("bad_version", "版本号写法有误", "the version is not written right", field="version")
    with changing(engine) as session:
        area = store.area_id(session, city) if city else None
        if city and area is None:
            raise Invalid("unknown_city", "没有这个区域", "there is no such area", field="city")
        if not store.edits_rules(session, city):
            raise outside_rules()
        world, _ = store.world(session)
        items = read_items(kind, data, suffix, world)
        if merge is not None:
            standards.lock(session, f"{kind}_list{city}")
            items = _merged(kind, items, store.items(session, kind, city, begins), merge)
        elif not items:
            raise no_rows()
        if not dry_run:
            store.put_list(session, kind, city, version, begins, items)
            details = {"city": city, "version": version, "items": len(items)}
            record(
                session,
                ACTIONS[kind],
                f"{kind}_list",
                f"{city}/{version}",
                area_id=area,
                details=details,
            )
    return Imported(items, kept=not dry_run)


def _merged(
    kind: str, items: list[dict[str, Any]], before: list[dict[str, Any]], merge: Merge
) -> list[dict[str, Any]]:
    named = {one["code"] for one in items} | set(merge.without)
    members = (
        "code",
        "name",
        "basis",
        "categories",
        *(("lead", "supporting") if kind == "duty" else ("area",)),
    )
    kept = [{name: one[name] for name in members} for one in before if one["code"] not in named]
    return sorted(kept + items, key=lambda one: str(one["code"]))


def list_items(engine: Engine, kind: str, city: str, *, all_versions: bool = False) -> list[dict[str, Any]]:
    """The duty or the admission list of a city: what is in force today, or all versions."""
    with unit_of_work(engine) as session:
        return store.items(session, kind, city, None if all_versions else today(session))


def today(session: Session) -> date:
    """The day it is where the service is."""
    found: date = session.execute(text("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")).scalar_one()
    return found
