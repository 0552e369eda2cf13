"""What one may see of the events: the query says it, the policies say it, and hand-written rules agree."""

from __future__ import annotations

import itertools
import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.base.errors import Forbidden, NotFound
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.db.scope import EVERYWHERE, Scope, scoped
from gis.db.tiles import TileAddress, vector_tile
from gis.events.filters import EventFilter
from gis.events.map_store import open_by_grid
from gis.events.places import area_card, areas_below
from gis.events.reading import (
    event_features,
    event_summary,
    list_events,
    list_my_reports,
    read_event,
    read_receipt,
    track,
)
from gis.events.tracking import new_tracking_code
from tests.database import api_engine
from tests.district import EAST, GRIDS, MIDDLE, NORTH, SOUTH, WEST, district_engine

pytestmark = pytest.mark.db
WHOLE = (WEST - 0.1, SOUTH - 0.1, EAST + 0.1, NORTH + 0.1)
CITY, DISTRICT, STREET, FIRST, SECOND = "2301", "230199", "230199001", "230199001001", "230199001002"
PLACES = (*GRIDS, DISTRICT)
DEPARTMENTS = {"water": None, "pipes": "water", "parks": None}
PEOPLE = """
INSERT INTO account (username, display_name, home_area_id) SELECT name, name, (SELECT id FROM area WHERE code = '230199')
FROM unnest(ARRAY['one', 'two']) AS name
"""
FILL = text("""
INSERT INTO event (id, number, tracking_code, status, category_id, text, confidential, geom, grid_id, scope_area_id,
  department_id, reporter_id, grid_method, opened_at)
SELECT :id, cast(:number AS text), :code, 'reported', (SELECT id FROM category ORDER BY id OFFSET :category LIMIT 1),
  'words of ' || cast(:number AS text), :confidential, ST_SetSRID(ST_MakePoint(:lon, 45.76), 4326),
  CASE WHEN area.level = 'grid' THEN area.id END, area.id, (SELECT id FROM department WHERE code = :department),
  (SELECT id FROM account WHERE username = :reporter), CASE WHEN area.level = 'grid' THEN 'inside' ELSE 'none' END,
  timestamptz '2026-01-01' + :n * interval '1 minute'
FROM area WHERE area.code = :place
""")


@dataclass(frozen=True)
class Matter:
    """An event as the rules below see it."""

    number: str
    place: str
    department: str | None
    category: int
    reporter: str | None
    confidential: bool


@dataclass
class World:
    """The engines on one database, and the ids of what was put in."""

    owner: Engine
    edge: Engine
    areas: dict[str, int]
    departments: dict[str, int]
    accounts: dict[str, int]
    categories: list[int]
    matters: list[Matter]

    def add(self, matters: list[Matter]) -> None:
        """Store events, in an order of time that mixes them with those there already."""
        with self.owner.begin() as connection:
            for matter in matters:
                n = int(matter.number[1:])
                place = PLACES.index(matter.place)
                lon = WEST + 0.005 + 0.01 * place + 0.00001 * n if place < 4 else WEST - 0.005
                values = {"id": uuid.UUID(int=n), "n": n * 7 % 100, "code": f"T{n}", "lon": lon}
                connection.execute(FILL, values | matter.__dict__)
            connection.execute(text("ANALYZE event"))
        self.matters += matters


def matters(
    first: int, places: tuple[str, ...] = PLACES, department: tuple[str | None, ...] = (None, "pipes")
) -> list[Matter]:
    made = []
    mix = itertools.product(places, department, (0, 1), (None, "one"))
    for n, (place, held, category, reporter) in enumerate(mix, first):
        made.append(Matter(f"N{n}", place, held, category, reporter, confidential=n % 3 == 0))
    return made


@pytest.fixture(scope="module")
def world(cluster: Cluster) -> Iterator[World]:
    with (
        district_engine(cluster) as owner,
        api_engine(owner.url.render_as_string(hide_password=False)) as edge,
    ):
        with owner.begin() as connection:
            connection.execute(text(PEOPLE))
            for code, parent in DEPARTMENTS.items():
                connection.execute(
                    text(
                        "INSERT INTO department (code, name, parent_id) SELECT cast(:code AS text), cast(:code AS text),"
                        " (SELECT id FROM department WHERE code = :parent)"
                    ),
                    {"code": code, "parent": parent},
                )
                connection.execute(
                    text(
                        "UPDATE department AS d SET path = coalesce((SELECT path FROM department WHERE id = d.parent_id),"
                        " '{}') || d.id WHERE code = :code"
                    ),
                    {"code": code},
                )
        with owner.connect() as connection:
            ids = {
                table: {row[1]: row[0] for row in connection.execute(text(f"SELECT id, {name} FROM {table}"))}
                for table, name in (("area", "code"), ("department", "code"), ("account", "username"))
            }
            categories = list(connection.scalars(text("SELECT id FROM category ORDER BY id LIMIT 2")))
        made = World(owner, edge, ids["area"], ids["department"], ids["account"], categories, [])
        made.add(matters(1))
        yield made


@dataclass(frozen=True)
class Holder:
    """Somebody's scope in codes."""

    areas: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    limited: tuple[tuple[str, int], ...] = ()
    account: str | None = "two"
    more: tuple[str, ...] = ()

    def scope(self, world: World) -> Scope:
        areas: Any = EVERYWHERE if self.areas == ("*",) else tuple(world.areas[code] for code in self.areas)
        held = {"events.read": areas} | dict.fromkeys(self.more, areas) if areas else {}
        departments = tuple(world.departments[code] for code in self.departments)
        return Scope(
            self.account or "anonymous",
            account_id=world.accounts[self.account] if self.account else None,
            areas=held,
            departments={"events.read": departments} if departments else {},
            limited=tuple(("events.read", world.areas[a], world.categories[c]) for a, c in self.limited),
        )

    def sees(self, matter: Matter) -> bool:
        """The rule, written by hand."""
        held = any(area == "*" or _within(matter.place, area) for area in self.areas)
        bounded = any(_within(matter.place, area) and matter.category == c for area, c in self.limited)
        handled = matter.department is not None and any(
            code == matter.department or code == DEPARTMENTS[matter.department] for code in self.departments
        )
        return held or bounded or handled or (self.account is not None and matter.reporter == self.account)


def _within(place: str, area: str) -> bool:
    return place.startswith(area)


HOLDERS = (
    Holder(("*",)),
    Holder((CITY,)),
    Holder((DISTRICT,)),
    Holder((FIRST,)),
    Holder((GRIDS[3],)),
    Holder((GRIDS[0], SECOND)),
    Holder((SECOND,), account="one"),
    Holder(departments=("water",)),
    Holder(departments=("parks",)),
    Holder((GRIDS[1],), departments=("pipes",)),
    Holder(limited=((STREET, 1),)),
    Holder(limited=((FIRST, 0), (GRIDS[2], 1))),
    Holder((GRIDS[0],), limited=((SECOND, 0),), departments=("water",), account="one"),
    Holder(account="one"),
    Holder(account="two"),
    Holder(account=None),
)


def numbers(engine: Engine, wanted: EventFilter | None = None) -> list[str]:
    items, after = [], None
    while True:
        page = list_events(engine, wanted or EventFilter(), limit=7, after=after)
        items += [json.loads(item)["number"] for item in page.items]
        if (after := page.next) is None:
            return items


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize(
    "wanted", [EventFilter(), EventFilter(bbox=WHOLE), EventFilter(bbox=(WEST, SOUTH, MIDDLE, NORTH))]
)
def test_query_and_policy_each_show_what_the_rule_says(
    world: World, holder: Holder, wanted: EventFilter
) -> None:
    scope = holder.scope(world)
    boxed = wanted.bbox is not None and wanted.bbox != WHOLE
    expected = {
        m.number for m in world.matters if holder.sees(m) and not (boxed and m.place not in GRIDS[:2])
    }
    # The owner bypasses the policies: this is the query alone.
    assert set(numbers(scoped(world.owner, scope), wanted)) == expected
    both = numbers(scoped(world.edge, scope), wanted)
    assert set(both) == expected
    assert len(both) == len(expected)
    if not boxed:
        with unit_of_work(scoped(world.edge, scope)) as session:
            assert set(session.scalars(text("SELECT number FROM event"))) == expected, "the policy alone"


def test_without_a_scope_there_are_no_rows(world: World) -> None:
    assert numbers(world.edge) == []
    with Session(world.edge) as session:
        assert session.scalar(text("SELECT count(*) FROM event")) == 0


def test_an_area_outside_is_refused_one_that_meets_is_not(world: World) -> None:
    mine = scoped(world.edge, Holder((FIRST,)).scope(world))
    with pytest.raises(Forbidden) as caught:
        numbers(mine, EventFilter(area=GRIDS[2]))
    assert caught.value.code == "outside_scope"
    with pytest.raises(Forbidden):
        event_summary(mine, EventFilter(area=SECOND), level="grid")
    inside = {m.number for m in world.matters if m.place in GRIDS[:2]}
    assert set(numbers(mine, EventFilter(area=DISTRICT))) == inside
    assert set(numbers(mine, EventFilter(area=GRIDS[0]))) < inside
    handler = scoped(world.edge, Holder(departments=("water",)).scope(world))
    assert numbers(handler, EventFilter(area=GRIDS[2])), "a department's events lie wherever they lie"


def test_words_are_for_those_who_hold_them_here(world: World) -> None:
    for more, told in (((), False), (("events.confidential",), True)):
        engine = scoped(world.edge, Holder((FIRST,), more=more).scope(world))
        for item in list_events(engine, EventFilter(), limit=100).items:
            event = json.loads(item)
            assert (event["text"] is not None) == (told or not event["confidential"])
            assert json.loads(read_event(engine, event["id"]))["text"] == event["text"]


@pytest.mark.parametrize("holder", HOLDERS)
def test_an_area_is_counted_only_where_it_is_wholly_held(world: World, holder: Holder) -> None:
    engine = scoped(world.edge, holder.scope(world))
    held = {
        code: any(area == "*" or _within(code, area) for area in holder.areas)
        for code in (*GRIDS, SECOND, STREET)
    }
    for code, whole in held.items():
        card = json.loads(area_card(engine, code))
        expected = sum(m.place.startswith(code) for m in world.matters) if whole else None
        assert card["events"] == card["open_events"] == expected, code
    below = {row["code"]: row["open_events"] for row in json.loads(areas_below(engine, SECOND))}
    assert {code: found is not None for code, found in below.items()} == {
        code: held[code] for code in GRIDS[2:]
    }


def test_a_secret_in_hand_opens_its_own_event_alone(world: World) -> None:
    nobody = scoped(world.edge, Scope("anonymous"))
    mine, other = new_tracking_code(), new_tracking_code()
    with unit_of_work(world.owner) as session:
        session.execute(text("UPDATE event SET tracking_code = :code WHERE number = 'N5'"), {"code": mine})
    assert json.loads(track(nobody, mine))["event_number"] == "N5"
    with pytest.raises(NotFound):
        track(nobody, other)
    with pytest.raises(NotFound):
        read_receipt(nobody, "0194fdc2-fa2f-7cc0-81d3-ff12045b73c8", mine)
    assert list_my_reports(nobody, limit=10).items == []


def test_the_path_follows_the_scope_area(world: World) -> None:
    wrong = text(
        "SELECT count(*) FROM event AS e JOIN area AS a ON a.id = e.scope_area_id WHERE e.scope_path <> a.path"
    )
    with world.owner.connect() as connection, connection.begin() as outer:
        assert connection.scalar(wrong) == 0
        connection.execute(text("UPDATE event SET scope_path = '{}' WHERE number = 'N1'"))
        assert connection.scalar(wrong) == 0, "nobody writes it but the database"
        connection.execute(
            text("UPDATE event SET scope_area_id = :id WHERE number = 'N1'"), {"id": world.areas[GRIDS[3]]}
        )
        assert connection.scalar(wrong) == 0
        moved = text("UPDATE area SET path = path[1:2] || path[4:] WHERE level IN ('community', 'grid')")
        connection.execute(moved)
        assert connection.scalar(wrong) == 0
        outer.rollback()


def answers(world: World, holder: Holder, engine: Engine | None = None) -> list[str]:
    """Everything somebody can ask, as texts, without the moment of asking."""
    engine = scoped(engine or world.edge, holder.scope(world))
    told: list[str] = []
    for wanted in (EventFilter(), EventFilter(bbox=WHOLE), EventFilter(is_open=True)):
        after, more = None, True
        while more:
            page = list_events(engine, wanted, limit=3, after=after)
            told += [*page.items, str(page.next)]
            after, more = page.next, page.next is not None
        told += event_features(engine, wanted, limit=100).items
        told.append(event_summary(engine, wanted, level="grid"))
    told += [area_card(engine, code) for code in (*GRIDS, FIRST, SECOND, STREET, DISTRICT)]
    told += [areas_below(engine, code) for code in (None, STREET, FIRST, SECOND)]
    told += list_my_reports(engine, limit=100).items
    with unit_of_work(engine) as session:
        told.append(str(sorted(open_by_grid(session).tolist())))
        told.append(vector_tile(session, "gis.areas", "tile_grids", TileAddress(10, 872, 365)).hex())
        assert len(told[-1]) > 200
    for number in (1, 900, 2_000_000):
        try:
            told.append(read_event(engine, str(uuid.UUID(int=number))))
        except NotFound as error:
            told.append(error.code)
    return [_without_moment(part) for part in told]


def _without_moment(part: str) -> str:
    if not part.startswith("{"):
        return part
    value = json.loads(part)
    value.pop("as_of", None)
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("holder", HOLDERS)
def test_every_statement_asks_for_the_scope_without_the_policies(world: World, holder: Holder) -> None:
    assert answers(world, holder, world.owner) == answers(world, holder)


@pytest.mark.parametrize(
    ("holder", "places", "department"),
    [
        (Holder((FIRST,)), (*GRIDS[2:], DISTRICT), None),
        (Holder((GRIDS[3],)), GRIDS[:3], None),
        (Holder(departments=("water",)), PLACES, "parks"),
        (Holder(limited=((FIRST, 1),)), GRIDS[2:], None),
        (Holder(account=None), PLACES, None),
    ],
)
def test_hidden_rows_change_no_answer(
    cluster: Cluster, holder: Holder, places: tuple[str, ...], department: str | None, world: World
) -> None:
    before = answers(world, holder)
    first = 900 + random.Random(str(holder)).randrange(1000) * 100
    hidden = [m for m in matters(first, places, (department,)) if not holder.sees(m)]
    assert len(hidden) >= 8
    count = len(world.matters)
    world.add(hidden)
    try:
        assert answers(world, holder) == before
        assert answers(world, Holder(("*",))) != before, "the control: they are there"
    finally:
        with world.owner.begin() as connection:
            connection.execute(
                text("DELETE FROM event WHERE number = ANY(:n)"), {"n": [m.number for m in hidden]}
            )
        del world.matters[count:]
