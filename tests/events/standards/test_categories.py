"""Categories change and retire; what has them keeps them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Forbidden, NotFound
from gis.db.engine import unit_of_work
from gis.events.standards import service
from gis.events.standards.model import Category

pytestmark = pytest.mark.db
G = "gbt47678.5-2026"
HEAD = "scheme,kind,code,parent,name_zh,name_en,source,valid_to,replaces\n"
Ruler = Callable[[str], Engine]


def one(engine: Engine, key: str) -> Category:
    return next(found for found in service.list_categories(engine) if found.key == key)


def offered(engine: Engine) -> set[str]:
    return {found.key for found in service.list_categories(engine) if found.in_force}


def put(engine: Engine, *rows: str, city: str = "", dry_run: bool = False) -> dict[str, int]:
    data = (HEAD + "\n".join(rows) + "\n").encode()
    return service.import_categories(engine, data, ".csv", city, dry_run=dry_run).difference.counts


def test_a_city_adds_its_own(ruler: Ruler) -> None:
    engine, key = ruler("230199"), f"{G}:matter:06999"
    rows = f"{G},matter,06999,06,冰雕破损,ice sculpture broken,区补充,,"
    assert put(engine, rows, city="230199", dry_run=True)["added"] == 1
    assert key not in offered(engine)
    assert put(engine, rows, city="230199") == {"added": 1, "changed": 0, "removed": 0, "unchanged": 0}
    assert put(engine, rows, city="230199")["unchanged"] == 1
    assert key in offered(engine)
    found = one(engine, key)
    assert (found.city, found.version, found.verified, found.parent) == ("230199", 1, False, "06")


def test_a_changed_one_keeps_its_number_and_what_it_was(ruler: Ruler) -> None:
    engine, key = ruler("23"), f"{G}:matter:06036"
    was = one(engine, key)
    put(engine, f"{G},matter,06036,06,乱堆物堆料,piled-up things,省标准,,")
    now = one(engine, key)
    assert (now.id, now.version, now.name_zh) == (was.id, was.version + 1, "乱堆物堆料")
    assert [(old.version, old.name_zh, old.source) for old in now.history] == [(1, was.name_zh, was.source)]


def test_a_retired_one_is_not_offered_and_its_events_keep_it(district: Engine, ruler: Ruler) -> None:
    engine, key = ruler("23"), f"{G}:matter:09013"
    was = one(engine, key)
    assert key in offered(engine)
    gone = service.set_in_force(engine, key, in_force=False)
    assert (gone.in_force, gone.id) == (False, was.id)
    assert key not in offered(engine)
    with unit_of_work(district) as session:
        name = session.scalar(text("SELECT name_zh FROM category WHERE id = :id"), {"id": was.id})
    assert name == was.name_zh
    back = service.set_in_force(engine, key, in_force=True)
    assert (back.in_force, back.valid_to, back.version) == (True, None, was.version + 2)
    assert key in offered(engine)


def test_a_family_goes_and_comes_with_all_in_it(ruler: Ruler) -> None:
    engine, family = ruler("23"), "gov-s:request:S07"
    inside = {f"gov-s:request:S070{n}" for n in range(1, 7)}
    service.set_in_force(engine, family, in_force=False)
    assert not offered(engine) & {family, *inside}
    service.set_in_force(engine, family, in_force=True)
    assert offered(engine) >= {family, *inside}


def test_one_may_take_the_place_of_another(ruler: Ruler) -> None:
    engine = ruler("23")
    put(
        engine,
        f"{G},matter,06998,06,噪声与振动,noise and vibration,省,,{G}:matter:06028",
        f"{G},matter,06028,06,噪声扰民,noise,省,2026-11-01,",
    )
    assert one(engine, f"{G}:matter:06998").replaces == f"{G}:matter:06028"
    assert not one(engine, f"{G}:matter:06028").in_force


def test_nobody_changes_what_is_of_others(ruler: Ruler) -> None:
    """A city's import may not rename what all have, nor what another has."""
    key = f"{G}:matter:06010"
    before = one(ruler("23"), key)
    with pytest.raises(Forbidden):
        put(ruler("230199"), f"{G},matter,06010,06,改名,,,,", city="230199")
    with pytest.raises(Forbidden):
        service.set_in_force(ruler("230199"), key, in_force=False)
    assert one(ruler("23"), key) == before


def test_only_what_there_is_can_be_retired(ruler: Ruler) -> None:
    with pytest.raises(NotFound):
        service.set_in_force(ruler("23"), f"{G}:matter:06031", in_force=False)
