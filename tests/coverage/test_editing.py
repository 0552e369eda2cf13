"""Edits made for real: all of it or nothing, and the stored answers are those of a fresh computation."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, text

from gis.base.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from gis.coverage import planning_store
from gis.coverage import store as coverage_store
from gis.coverage.editing import commit_edit
from gis.coverage.model import ask
from gis.coverage.service import answer_for, stored_layer
from gis.coverage.world import current_world
from gis.db.cluster import Cluster
from gis.db.engine import make_engine
from gis.db.scope import Scope, scoped
from gis.walking.edit_kinds import (
    AddStation,
    AddStreet,
    CloseStation,
    Edit,
    MoveStation,
    RemoveStreet,
    SetGate,
    SetStationHours,
)
from tests.database import api_engine, cloned_engine, town_template

from .place import GRIDS, at

pytestmark = pytest.mark.db
CENTER = ask(["party_mass_center"], metres=500)
DISTRICT = "230199"
LAYERS = (CENTER, ask(["party_mass_center"], minutes=15), ask(["micro_station", "party_mass_hq"], metres=300))


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Metres in the small place as degrees."""
    point = shapely.from_wkb(bytes(at(shapely.Point(x, y)).data))
    return float(point.x), float(point.y)


def station(code: str, x: float, y: float, kind: str = "party_mass_center") -> AddStation:
    lon, lat = lonlat(x, y)
    return AddStation(code, kind, code, lon, lat, hours="Mo-Fr 08:00-18:00", capacity=50)


def moved(code: str, x: float, y: float) -> MoveStation:
    return MoveStation(code, *lonlat(x, y))


def path_north() -> AddStreet:
    """To the building that no street reaches."""
    return AddStreet("new1", (lonlat(750, 0), lonlat(750, 380), lonlat(905, 380)))


@contextmanager
def another(owner: Engine, lock_s: float | None = None) -> Iterator[Engine]:
    """An engine of its own on the same database, that knows nothing of before."""
    made = make_engine(owner.url, lock_s=lock_s)
    try:
        yield made
    finally:
        made.dispose()


def stored(owner: Engine) -> pd.DataFrame:
    """All stored answers, layers and stations by what they are called."""
    query = (
        "SELECT l.station_types::text AS types, l.cost AS kind, l.network_version, b.code, s.code AS station, r.cost,"
        " o.code AS second, r.second_cost, r.quality, r.reason FROM reach AS r JOIN reach_layer AS l ON l.id = r.layer_id"
        " JOIN building AS b ON b.id = r.building_id LEFT JOIN station AS s ON s.id = r.station_id"
        " LEFT JOIN station AS o ON o.id = r.second_station_id ORDER BY 1, 2, 4"
    )
    with owner.connect() as connection:
        return pd.read_sql(text(query), connection)


def afresh(owner: Engine) -> pd.DataFrame:
    """The same, computed from the database by somebody who knows nothing of before."""
    with another(owner) as fresh:
        with fresh.begin() as connection:
            connection.execute(text("DELETE FROM reach_layer"))
        for question in LAYERS:
            stored_layer(fresh, question)
        return stored(fresh)


def register(owner: Engine) -> tuple[Any, ...]:
    """Everything an edit writes to."""
    tables = (
        "station",
        "gate",
        "street",
        "register_edit",
        "audit",
        "register_revision",
        "reach_layer",
        "reach",
    )
    with owner.connect() as connection:
        return tuple(
            connection.execute(text(f"SELECT t::text FROM {table} AS t ORDER BY 1")).all() for table in tables
        )


@pytest.fixture
def owner(changeable_engine: Engine) -> Engine:
    for question in LAYERS:
        stored_layer(changeable_engine, question)
    return changeable_engine


SEQUENCE: tuple[Edit, ...] = (
    station("a1", 700, 5),
    CloseStation("st0"),
    moved("a1", 480, 5),
    path_north(),
    SetStationHours("st2", "Mo-Su 06:00-22:00"),
    station("a0", 100, 5, "micro_station"),
    RemoveStreet("s0"),
    moved("st2", 900, 5),
    RemoveStreet("new1"),
)


def test_what_edits_leave_is_what_a_fresh_computation_gives(owner: Engine) -> None:
    before = stored(owner)
    for edit in SEQUENCE:
        world = current_world(owner)
        done = commit_edit(owner, edit)
        now = current_world(owner)
        assert now is not world
        assert (now.version, done.layers) == (done.network_version, len(LAYERS))
        assert set(stored(owner)["network_version"]) == {now.version}
    kept = stored(owner)
    assert not kept.drop(columns="network_version").equals(before.drop(columns="network_version"))
    pd.testing.assert_frame_equal(kept, afresh(owner))


def test_the_place_in_memory_is_what_would_be_read(owner: Engine) -> None:
    for edit in SEQUENCE:
        commit_edit(owner, edit)
    with another(owner) as fresh:
        mine, read = current_world(owner), current_world(fresh)
        given = [answer_for(engine, CENTER) for engine in (owner, fresh)]
    assert mine.version == read.version
    columns = ["id", "code", "type", "name", "status", "grid_id", "hours", "capacity"]
    ours, theirs = (
        pd.DataFrame(world.stations[columns]).astype(object).where(lambda f: f.notna(), None)
        for world in (mine, read)
    )
    assert ours.to_dict("records") == theirs.to_dict("records")
    assert mine.stations.geometry.tolist() == read.stations.geometry.tolist()
    assert given[0].totals == given[1].totals
    assert given[0].areas == given[1].areas


def test_an_edit_reads_nothing_again(owner: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    current_world(owner)
    monkeypatch.setattr(coverage_store, "read_inputs", lambda session: pytest.fail("read again"))
    done = commit_edit(owner, station("a1", 700, 5))
    assert answer_for(owner, CENTER).network_version == done.network_version
    assert done.changed_buildings
    with owner.begin() as connection:  # the control: another's change is seen
        connection.execute(text("UPDATE station SET name = 'x' WHERE code = 'st0'"))
    with pytest.raises(pytest.fail.Exception, match="read again"):
        current_world(owner)


@pytest.mark.parametrize(
    ("edit", "error", "code"),
    [
        (station("st0", 1, 1), Conflict, "code_taken"),
        (CloseStation("none"), NotFound, "station_not_found"),
        (SetGate("none", "public"), NotFound, "gate_not_found"),
        (RemoveStreet("none"), NotFound, "street_not_found"),
        (SetStationHours("st0", "whenever"), Invalid, "opening_hours"),
        (AddStation("a1", "castle", "x", 126.6, 45.7), Invalid, "unknown_station_type"),
        (AddStation("a1", "micro_station", "x", 1e6, 45.7), Invalid, "bad_edit_value"),
        (AddStreet("a1", ((126.6, 45.7), (126.6, 45.7))), Invalid, "street_line"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refused_edit_changes_nothing(owner: Engine, edit: Edit, error: type, code: str) -> None:
    before, world = register(owner), current_world(owner)
    with pytest.raises(error) as refused:
        commit_edit(owner, edit)
    assert refused.value.code == code
    assert register(owner) == before
    assert current_world(owner) is world


@pytest.mark.parametrize("step", ["edit_register", "change_reach", "name_layers", "name_circles"])
def test_a_commit_that_is_killed_leaves_the_state_before(
    owner: Engine, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before, world = register(owner), current_world(owner)
    real = getattr(planning_store, step)

    def killed(session: Any, *given: Any) -> Any:
        real(session, *given)
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with monkeypatch.context() as patch:
        patch.setattr(planning_store, step, killed)
        with pytest.raises(Exception, match="terminat"):
            commit_edit(owner, station("a1", 700, 5))
    assert register(owner) == before
    assert current_world(owner) is world
    assert commit_edit(
        owner, station("a1", 700, 5)
    ).changed_buildings  # the control: it works when nobody kills it


def test_edits_at_the_same_moment_come_one_after_the_other(owner: Engine) -> None:
    wanted = [station(f"a{i}", 50.0 + 90 * i, 5) for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda edit: commit_edit(owner, edit), wanted))
    assert len({one.network_version for one in done}) == len(wanted)
    assert {edit.code for edit in wanted} <= set(current_world(owner).stations["code"])
    pd.testing.assert_frame_equal(stored(owner), afresh(owner))


def test_whoever_imports_holds_edits_back(owner: Engine) -> None:
    with another(owner, lock_s=0.2) as hurried:
        current_world(hurried)
        with owner.begin() as importing:
            importing.execute(text("UPDATE building SET name = name WHERE code = 'b0'"))
            with pytest.raises(Unavailable) as refused:
                commit_edit(hurried, station("a1", 700, 5))
    assert refused.value.code == "register_busy"
    assert commit_edit(owner, station("a1", 700, 5)).layers == len(LAYERS)


def test_circles_that_nothing_touched_are_kept(owner: Engine) -> None:
    from gis.coverage.circles import circles

    near, far = ask(["party_mass_center"], metres=300), ask(["party_mass_hq"], metres=300)
    for question in (near, far):
        circles(owner, question)
    commit_edit(owner, moved("st0", 30, 5))
    with owner.connect() as connection:
        kept = connection.execute(
            text("SELECT s.code, c.network_version FROM circle AS c JOIN station AS s ON s.id = c.station_id")
        ).all()
    assert kept == [("st3", current_world(owner).version)]


def test_nothing_is_put_where_nobody_is_served(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO service_area (name, area_id, geom)"
                " SELECT 'x', id, ST_Multi(ST_Buffer(geom, 0)) FROM area WHERE code = :code"
            ),
            {"code": DISTRICT},
        )
    before = register(owner)
    for edit in (
        station("a1", 2000, 5),
        moved("st0", 2000, 5),
        AddStreet("n", (lonlat(1000, 0), lonlat(2000, 0))),
    ):
        with pytest.raises(Invalid) as refused:
            commit_edit(owner, edit)
        assert (refused.value.code, refused.value.field) == ("outside_service_area", "edit")
    assert register(owner) == before
    for edit in (station("a1", 700, 5), moved("st0", 650, 5), path_north(), CloseStation("st1")):
        assert commit_edit(owner, edit).ids


def as_editor(web: Engine, owner: Engine, code: str | None) -> Engine:
    """Somebody of the web edge who may change the register in one area."""
    with owner.connect() as connection:
        ids = {row.code: row.id for row in connection.execute(text("SELECT code, id FROM area"))}
    held = () if code is None else (ids[code],)
    areas = {"register.edit": held, "coverage.read": held}
    return scoped(web, Scope("editor", account_id=None, roles=("planner",), areas=areas))


def test_the_web_edge_edits_where_it_may_and_leaves_a_record(owner: Engine) -> None:
    with api_engine(owner.url.render_as_string(hide_password=False)) as web:
        here, elsewhere = as_editor(web, owner, GRIDS[1]), as_editor(web, owner, GRIDS[0])
        done = commit_edit(here, station("a1", 700, 5))
        assert done.changed_buildings
        assert stored_layer(here, CENTER)[0]
        for refused in (
            lambda: commit_edit(elsewhere, CloseStation("a1")),
            lambda: commit_edit(here, moved("a1", 100, 5)),  # out of one's own area
            lambda: commit_edit(here, moved("st0", 700, 5)),  # into it
            lambda: commit_edit(here, AddStreet("n", (lonlat(700, 50), lonlat(100, 50)))),
            lambda: commit_edit(as_editor(web, owner, None), CloseStation("a1")),
        ):
            with pytest.raises(Forbidden) as said:
                refused()
            assert said.value.code == "edit_outside_scope"
        commit_edit(as_editor(web, owner, DISTRICT), AddStreet("n", (lonlat(700, 50), lonlat(100, 50))))
        assert current_world(here).version == current_world(owner).version
    with owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT e.edit ->> 'code' AS code, e.actor, a.code AS area, r.action FROM register_edit AS e JOIN area AS a"
                " ON a.id = e.area_id JOIN audit AS r ON r.details ->> 'edit' = e.id::text ORDER BY e.id"
            )
        ).all()
    assert [tuple(row) for row in rows] == [
        ("a1", "editor", GRIDS[1], "register.edit"),
        ("n", "editor", GRIDS[0], "register.edit"),
    ]
    pd.testing.assert_frame_equal(stored(owner), afresh(owner))


@pytest.fixture(scope="module")
def town(cluster: Cluster) -> Iterator[Engine]:
    with cloned_engine(cluster, town_template(cluster)) as made:
        yield made


def test_gates_of_the_town_in_and_out_again(town: Engine) -> None:
    """Gates and their hours, and a street with homes that link to it; then everything as it was."""
    for question in LAYERS:
        stored_layer(town, question)
    before, world = stored(town), current_world(town)
    gates = world.layers.gates
    assert gates is not None
    gate = gates.iloc[int((gates["access"] == "public").to_numpy().argmax())]
    street = world.layers.streets.iloc[len(world.layers.streets) // 2]
    closed = commit_edit(town, SetGate(gate["code"], "closed"))
    commit_edit(town, RemoveStreet(street["code"]))
    pd.testing.assert_frame_equal(stored(town), afresh(town))
    back = AddStreet(
        street["code"], tuple(map(tuple, street.geometry.coords)), street["kind"], bool(street["bridge"]),
        bool(street["tunnel"]), None if pd.isna(street["level"]) else float(street["level"]), bool(street["steps"]),
        None if pd.isna(street["slope_pct"]) else float(street["slope_pct"]), bool(street["foot_forward"]),
        bool(street["foot_backward"]),
    )  # fmt: skip
    commit_edit(town, back)
    hours = None if pd.isna(gate["hours"]) else gate["hours"]
    again = commit_edit(town, SetGate(gate["code"], gate["access"], hours))
    assert closed.changed_buildings
    assert again.network_version == world.version, "the same content has the same version"
    pd.testing.assert_frame_equal(stored(town), before)


def test_edits_are_never_changed_afterwards(owner: Engine) -> None:
    commit_edit(owner, CloseStation("st0"))
    for statement in (
        "UPDATE register_edit SET actor = 'x'",
        "DELETE FROM register_edit",
        "TRUNCATE register_edit",
    ):
        with owner.connect() as connection, pytest.raises(Exception, match="append-only"):
            connection.execute(text(statement))
