"""What an administrator asks: lists, and imports that say what they would change before they do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.base.errors import Conflict, Invalid, NotFound, TooLarge
from gis.db.engine import unit_of_work
from gis.db.scope import outside_rules
from gis.events.standards import store
from gis.events.standards.categories_file import read_categories
from gis.events.standards.cells import LARGEST_BYTES, no_rows
from gis.events.standards.difference import compare_categories, compare_standards
from gis.events.standards.model import (
    Category,
    CategoryRow,
    Difference,
    Imported,
    Merge,
    SetFacts,
    Standard,
    StandardRow,
    StandardSet,
)
from gis.events.standards.standards_file import read_standards

MOST: Final = 5_000
LONGEST: Final = 200
_CITY = re.compile(r"[0-9]{0,15}", re.ASCII)
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}", re.ASCII)


def list_categories(engine: Engine) -> list[Category]:
    """Every category, retired ones too, families before leaves."""
    with unit_of_work(engine) as session:
        return list(store.categories(session).values())


def list_sets(engine: Engine) -> list[StandardSet]:
    """Every set of filing standards, cities by code, the newest first."""
    with unit_of_work(engine) as session:
        return store.sets(session)


def list_standards(
    engine: Engine,
    *,
    area: str = "",
    set_id: int | None = None,
    category: str | None = None,
    search: str | None = None,
) -> list[Standard]:
    """Standards in force for the area of a code (everywhere: ""), or all of one set; of a category or its family.

    For one category and no set, these are the choices somebody has who files an event of it there. Raises Invalid
    `unknown_category`, `unknown_area` and NotFound `no_such_set`.
    """
    with unit_of_work(engine) as session:
        number = None
        if category is not None:
            found = store.categories(session).get(category)
            if found is None:
                raise _unknown_category(category)
            number = found.id
            if set_id is None and search is None and found.parent is not None:
                return [
                    _named(one, found) for one in store.standards_for(session, number, _path(session, area))
                ]
        if set_id is not None and set_id not in {one.id for one in store.sets(session)}:
            raise NotFound("no_such_set", "没有这套标准", "there is no such set of standards", field="set")
        if area:
            _path(session, area)
        return store.listed(session, area=area, set_id=set_id, category_id=number, search=search, limit=MOST)


def _named(one: Standard, category: Category) -> Standard:
    return replace(one, category_zh=category.name_zh, category_en=category.name_en)


def _path(session: Session, area: str) -> list[int] | None:
    if not area:
        return None
    path = store.area_path(session, area)
    if path is None:
        raise Invalid("unknown_area", f"没有此区域：{area}", f"there is no such area: {area}", field="area")
    return path


def _unknown_category(key: str) -> Invalid:
    zh, en = f"没有此事项类别：{key}", f"there is no such category: {key}"
    return Invalid("unknown_category", zh, en, field="category")


def import_standards(
    engine: Engine,
    data: bytes,
    suffix: str,
    given: SetFacts,
    *,
    dry_run: bool = False,
    told: Mapping[str, str] | None = None,
    merge: Merge | None = None,
) -> Imported:
    """Store a file as the city's new set, which ends the one in force on `given.valid_from`; all rows or none.

    With `merge` it has the conditions of some categories, and the new set those of all others as they are. A dry run
    checks everything and says what would change. Raises InvalidFile with every bad row, Invalid for the
    facts of the set, Forbidden `rules_outside_scope`, Conflict `version_taken` and `standard_set_order`.
    """
    _check_size(data)
    with _changing(engine) as session:
        store.lock(session, f"filing_standard_set{given.city}")
        given = _checked(session, given)
        known = store.categories(session)
        rows = read_standards(data, suffix, known, given.source, told)
        if merge is not None:
            rows = _merged(rows, _own_rows(session, given.city), merge)
        elif not rows:
            raise no_rows()
        difference = _against(session, given.city, rows, known)
        if dry_run:
            return Imported(len(rows), difference, dry_run=True)
        ids = {key: one.id for key, one in known.items()}
        number = store.put_standards(session, given, rows, ids, difference.counts)
    return Imported(len(rows), difference, dry_run=False, id=number)


def _own_rows(session: Session, city: str) -> list[StandardRow]:
    """The conditions of the city's own open set, whose categories may be retired by now."""
    mine = next((one for one in store.sets(session) if one.city == city and one.valid_to is None), None)
    return [] if mine is None else store.conditions(session, mine.id)


def _merged(rows: list[StandardRow], before: list[StandardRow], merge: Merge) -> list[StandardRow]:
    named = {one.category for one in rows} | set(merge.without)
    return [one for one in before if one.category not in named] + rows


def _against(
    session: Session, city: str, rows: list[StandardRow], known: Mapping[str, Category]
) -> Difference:
    """Against the city's set in force, else the default behind it."""
    now = {one.city: one for one in store.sets(session) if one.valid_to is None}
    behind = now.get(city) or now.get("")
    old = [] if behind is None else store.conditions(session, behind.id)
    name = None if behind is None else f"{behind.city} {behind.version}".strip()
    own = behind is not None and behind.city == city
    return compare_standards(rows, old, known, against=name, own=own)


def import_categories(
    engine: Engine, data: bytes, suffix: str, city: str, *, dry_run: bool = False
) -> Imported:
    """Add, change and retire the categories of a file, all or none; what it does not name stays as it is.

    A changed category keeps its number, so that its events, roles and rules keep it too. Raises InvalidFile, Invalid
    `bad_city`, `unknown_city`, Forbidden `rules_outside_scope`.
    """
    _check_size(data)
    with _changing(engine) as session:
        store.lock(session, "category")
        _check_city(session, city, None)
        known = store.categories(session)
        rows = read_categories(data, suffix, known)
        return _change_categories(session, city, rows, known, dry_run=dry_run)


def _change_categories(
    session: Session, city: str, rows: list[CategoryRow], known: Mapping[str, Category], *, dry_run: bool
) -> Imported:
    for row in rows:
        was = known.get(row.key)
        if was is not None and was.city != city and not store.facts(session, was.city, None).held:
            raise outside_rules()
    difference = compare_categories(rows, known)
    if not dry_run and difference.changes:
        changed = {one.key for one in difference.changes}
        store.put_categories(session, city, [row for row in rows if row.key in changed], difference.counts)
    return Imported(len(rows), difference, dry_run=dry_run)


def set_in_force(engine: Engine, key: str, *, in_force: bool) -> Category:
    """Retire a category from today on, or bring it back, a family with all in it; events that have it keep it.

    Raises NotFound `no_such_category`, Forbidden `rules_outside_scope`.
    """
    with _changing(engine) as session:
        store.lock(session, "category")
        known = store.categories(session)
        found = known.get(key)
        if found is None:
            raise NotFound("no_such_category", "没有此事项类别", "there is no such category")
        facts = store.facts(session, found.city, None)
        if not facts.held:
            raise outside_rules()
        family = [found, *(one for one in known.values() if found.parent is None and _is_below(one, found))]
        rows = [
            _row(one, None if in_force else facts.today, facts.today)
            for one in family
            if one.in_force != in_force and one.city == found.city
        ]
        if rows:
            store.put_categories(session, found.city, rows, {"changed": len(rows)})
        return store.categories(session)[key]


def _is_below(one: Category, family: Category) -> bool:
    return (one.scheme, one.kind, one.parent) == (family.scheme, family.kind, family.code)


def _row(found: Category, until: date | None, today: date) -> CategoryRow:
    begins = min(found.valid_from or today, today)
    return CategoryRow(
        found.scheme, found.kind, found.code, found.name_zh, found.name_en, found.parent, found.source,
        found.verified, begins, until,
    )  # fmt: skip


@contextmanager
def _changing(engine: Engine) -> Iterator[Session]:
    """A transaction whose refusals by the database's own functions become ours."""
    try:
        with unit_of_work(engine) as session:
            yield session
    except DBAPIError as error:
        said = str(error.orig)
        if "rules_denied" in said:
            raise outside_rules() from error
        if "standard_set_order" in said:
            raise _order() from error
        raise


def _check_size(data: bytes) -> None:
    if len(data) > LARGEST_BYTES:
        limit = LARGEST_BYTES // 1024**2
        raise TooLarge("file_too_large", f"文件超过 {limit} MB", f"the file is larger than {limit} MB")


def _check_city(session: Session, city: str, version: str | None) -> store.RulesFacts:
    if not _CITY.fullmatch(city):
        raise Invalid(
            "bad_city", "应为区域代码的前几位数字", "must be the beginning of an area code", field="city"
        )
    facts = store.facts(session, city, version)
    if not facts.known:
        zh, en = f"没有代码以此开头的区域：{city}", f"no area has a code that begins so: {city}"
        raise Invalid("unknown_city", zh, en, field="city")
    if not facts.held:
        raise outside_rules()
    return facts


def _checked(session: Session, given: SetFacts) -> SetFacts:
    """The facts of a set, whole and allowed."""
    if not _VERSION.fullmatch(given.version):
        zh, en = "版本用字母、数字、点、连字符，至多 40 字", "letters, digits, dots and hyphens, at most 40"
        raise Invalid("bad_version", zh, en, field="version")
    facts = _check_city(session, given.city, given.version)
    if facts.taken:
        zh, en = f"该版本已存在：{given.version}", f"this version exists already: {given.version}"
        raise Conflict("version_taken", zh, en, field="version")
    begins = given.valid_from or facts.today
    if facts.open_from is not None and begins < facts.open_from:
        raise _order()
    name = given.name_zh.strip() or f"{given.city or '默认'} {given.version}"
    source = given.source.strip() or name
    if max(len(name), len(given.name_en or ""), len(source)) > LONGEST:
        raise Invalid("text_too_long", f"至多 {LONGEST} 字", f"at most {LONGEST} characters", field="name")
    return replace(given, name_zh=name, source=source, valid_from=begins)


def _order() -> Conflict:
    return Conflict(
        "standard_set_order",
        "已有一套标准自更晚的日期起生效",
        "a set that begins later is there already",
        field="valid_from",
    )
