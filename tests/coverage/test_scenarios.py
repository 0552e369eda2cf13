"""What if: scenarios saved, asked in, compared, shared within scopes, and adopted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Engine, text

from gis.accounts.tables import Account
from gis.base.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from gis.coverage import in_scenario as kept_worlds
from gis.coverage import scenarios as saved
from gis.coverage.compare import Change, compare, comparison_for, cut
from gis.coverage.editing import adopt_scenario, commit_edit
from gis.coverage.in_scenario import in_scenario, scenario_world
from gis.coverage.model import ask
from gis.coverage.scenarios import (
    change_scenario,
    create_scenario,
    delete_scenario,
    list_scenarios,
    read_scenario,
)
from gis.coverage.service import answer_for, building_answer
from gis.coverage.world import current_world
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.walking.edit_kinds import CloseStation, edit_to_json
from tests.database import api_engine

from .place import GRIDS
from .test_editing import lonlat, moved, path_north, station

pytestmark = pytest.mark.db
CENTER = ask(["party_mass_center"], metres=500)
DISTRICT = "230199"
NEW = edit_to_json(station("a1", 700, 5))
LONG = [[number / 1000, 2] for number in range(201)]
CLOSE = edit_to_json(CloseStation("st0"))
STREET = {"kind": "add_street", "code": "n", "line": [[126.62, 45.76], [126.63, 45.76]]}


def plan(engine: Engine, *edits: dict[str, Any], **more: Any) -> Any:
    return create_scenario(engine, more.pop("name", "一号方案"), list(edits), **more)


def planner(web: Engine, owner: Engine, name: str, code: str, *more: str) -> Engine:
    """An account that plans in one area."""
    with unit_of_work(owner) as session:
        ids = {row.code: row.id for row in session.execute(text("SELECT code, id FROM area"))}
        found = session.scalar(text("SELECT id FROM account WHERE username = :name"), {"name": name})
        if found is None:
            made = Account(username=name, display_name=name, home_area_id=ids[DISTRICT])
            session.add(made)
            session.flush()
            found = made.id
    held = dict.fromkeys(("coverage.read", "coverage.plan", "people.read", *more), (ids[code],))
    return scoped(web, Scope(name, account_id=found, roles=("planner",), areas=held))


def test_a_question_is_answered_in_the_scenario_and_the_place_stays(changeable_engine: Engine) -> None:
    owner = changeable_engine
    before = answer_for(owner, CENTER)
    made = plan(owner, NEW, CLOSE)
    there = in_scenario(owner, made.id)
    after = answer_for(there, CENTER)
    assert (before.totals["residents"].covered, after.totals["residents"].covered) == (60, 90)
    assert building_answer(there, "b3", CENTER).nearest.code == "a1"  # type: ignore[union-attr]
    assert building_answer(owner, "b3", CENTER).nearest.code == "st0"  # type: ignore[union-attr]
    assert answer_for(owner, CENTER).totals == before.totals
    assert scenario_world(owner, made.id) is scenario_world(owner, made.id)


def test_the_comparison_adds_up(changeable_engine: Engine) -> None:
    owner = changeable_engine
    made = plan(owner, edit_to_json(moved("st0", 700, 5)), edit_to_json(path_north()))
    given, world = comparison_for(owner, made.id, CENTER)
    before, after = given.before.totals["residents"], given.after.totals["residents"]
    assert before.covered is not None
    assert given.gained.residents is not None
    assert given.lost.residents is not None
    assert after.covered == before.covered + given.gained.residents - given.lost.residents
    status = dict(zip(world.buildings["code"], given.change, strict=True))
    assert status["b0"] == Change.LOST
    assert status["b3"] == Change.GAINED
    assert status["b4"] == Change.CLOSER, "was out of reach"
    assert status["b9"] == Change.SAME, "nobody lives in a garage"
    assert given.relinked >= 1
    back = compare(scenario_world(owner, made.id), current_world(owner), CENTER)
    assert (back.gained, back.lost) == (given.lost, given.gained)
    swapped = {Change.GAINED: Change.LOST, Change.LOST: Change.GAINED, Change.SAME: Change.SAME,
               Change.CLOSER: Change.FARTHER, Change.FARTHER: Change.CLOSER}  # fmt: skip
    assert [swapped[Change(one)] for one in given.change] == back.change.tolist()


def test_nothing_changed_compares_as_nothing(place_engine: Engine) -> None:
    world = current_world(place_engine)
    given = compare(world, world.edited([]), CENTER)
    assert not given.change.any()
    assert (given.gained.buildings, given.lost.residents, given.relinked) == (0, 0, 0)


def test_a_comparison_is_cut_to_the_scope(place_engine: Engine) -> None:
    world = current_world(place_engine)
    after = world.edited([moved("st0", 700, 5)])
    grid = int(world.areas["id"][world.areas["code"] == GRIDS[1]].iloc[0])
    given = cut(compare(world, after, CENTER), world, (grid,))
    assert given.suppressed
    assert (given.gained.buildings, given.lost.residents) == (None, None)
    assert [one.suppressed for one in given.after.areas["grid"]] == [True, False]
    assert dict(zip(world.buildings["code"], given.seen, strict=True))["b0"] == np.False_
    whole = cut(compare(world, after, CENTER), world, "*")
    assert not whole.suppressed
    assert whole.gained.residents


def test_scenarios_are_changed_and_deleted_in_the_version_they_were_read(changeable_engine: Engine) -> None:
    owner = changeable_engine
    made = plan(owner, NEW, question={"types": ["micro_station"], "minutes": 10}, note=" 说明 ")
    assert (made.note, made.version, made.area) == ("说明", 1, DISTRICT)
    changed = change_scenario(owner, made.id, 1, {"name": "二号", "edits": [CLOSE]})
    assert (changed.name, changed.note, changed.version) == ("二号", "说明", 2)
    assert changed.edits == [CLOSE]
    assert changed.question == made.question
    for late in (
        lambda: change_scenario(owner, made.id, 1, {"name": "x"}),
        lambda: delete_scenario(owner, made.id, 1),
    ):
        with pytest.raises(Stale):
            late()
    other = plan(owner, name="三号")
    assert [one.name for one in list_scenarios(owner)] == ["三号", "二号"]
    assert [one.id for one in list_scenarios(owner, 1, other.id)] == [made.id]
    delete_scenario(owner, made.id, 2)
    with pytest.raises(NotFound):
        read_scenario(owner, made.id)
    with owner.connect() as connection:
        acts = connection.scalars(
            text("SELECT action FROM audit WHERE object_type = 'scenario' ORDER BY id")
        ).all()
    assert acts == ["scenario.create", "scenario.update", "scenario.create", "scenario.delete"]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": " "}, "scenario_name", "name"),
        ({"name": "x" * 81}, "scenario_name", "name"),
        ({"note": "x" * 2001}, "scenario_note", "note"),
        ({"question": {"colour": 1}}, "scenario_question", "question"),
        ({"question": {"types": ["micro_station"]}}, "limit_unit", "minutes"),
        ({"edits": [NEW] * 51}, "too_many_edits", "edits"),
        ({"edits": [{"kind": "explode"}]}, "unknown_edit", "edits.0"),
        ({"edits": [CLOSE, {**NEW, "lon": "126"}]}, "bad_edit_value", "edits.1.lon"),
        ({"edits": [{**NEW, "lat": float("nan")}]}, "bad_edit_value", "edits.0.lat"),
        ({"edits": [{**NEW, "hours": "whenever"}]}, "opening_hours", "edits.0.hours"),
        ({"edits": [{**NEW, "capacity": True}]}, "bad_edit_value", "edits.0.capacity"),
        ({"edits": [{**NEW, "code": "站 点"}]}, "bad_edit_value", "edits.0.code"),
        ({"edits": [{**NEW, "code": "a/../../b"}]}, "bad_edit_value", "edits.0.code"),
        ({"edits": [{**NEW, "code": "a:b"}]}, "bad_edit_value", "edits.0.code"),
        ({"edits": [{**NEW, "name": "站\u202e点"}]}, "bad_edit_value", "edits.0.name"),
        ({"name": "一\u2066号"}, "scenario_name", "name"),
        ({"note": "一\u202a号"}, "scenario_note", "note"),
        ({"question": {"types": ["castle"], "minutes": 10}}, "unknown_station_type", "types"),
        ({"edits": [{**STREET, "line": [[126.62, 45.76], [126.62, 45.760008]]}]}, "street_line", "edits.0.line"),
        ({"edits": [{**STREET, "code": "a/b"}]}, "bad_edit_value", "edits.0.code"),
        ({"edits": [{"kind": "set_gate", "code": "g", "access": "all"}]}, "gate_access", "edits.0.access"),
        ({"edits": [{"kind": "add_street", "code": "n", "line": [[1, 2], [1, 2]]}]}, "street_line", "edits.0.line"),
        ({"edits": [{"kind": "add_street", "code": "n", "line": "x"}]}, "street_line", "edits.0.line"),
        ({"edits": [{"kind": "add_street", "code": "n", "line": LONG}]}, "street_line", "edits.0.line"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_named(place_engine: Engine, given: dict, code: str, field: str) -> None:
    values = {"name": "x", "edits": [], **given}
    with pytest.raises(Invalid) as refused:
        create_scenario(place_engine, values.pop("name"), values.pop("edits"), **values)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_what_is_as_large_as_it_must_be_is_saved(place_engine: Engine) -> None:
    """The control: a street of a little more than a metre, a code with both marks, lines in a note."""
    line = [[126.62, 45.76], [126.62, 45.76001]]
    street = {"kind": "add_street", "code": "N-1_a", "line": line}
    made = plan(place_engine, street, note="一\n二", question={"types": ["micro_station"], "minutes": 10})
    assert (made.edits[0]["code"], made.note) == ("N-1_a", "一\n二")
    with pytest.raises(Invalid, match="unknown_station_type"):
        change_scenario(
            place_engine, made.id, 1, {"question": {"types": ["micro_station", "castle"], "minutes": 10}}
        )


def test_an_edit_that_fits_no_more_is_named_and_the_scenario_stays(changeable_engine: Engine) -> None:
    owner = changeable_engine
    made = plan(owner, NEW, CLOSE)
    assert scenario_world(owner, made.id)
    commit_edit(owner, CloseStation("st0"))
    for asked in (
        lambda: answer_for(in_scenario(owner, made.id), CENTER),
        lambda: comparison_for(owner, made.id, CENTER),
        lambda: adopt_scenario(owner, made.id),
        lambda: plan(owner, CLOSE),
    ):
        with pytest.raises(Conflict) as refused:
            asked()
        assert refused.value.code == "edit_not_applicable"
        assert refused.value.facts["reason"] == "station_closed"
    assert refused.value.facts["edit"] == 0
    assert read_scenario(owner, made.id).edits == [NEW, CLOSE]
    assert current_world(owner).stations["code"].tolist() == ["st0", "st1", "st2", "st3"], (
        "none of it was adopted"
    )


def test_edits_that_need_one_another_are_checked_in_their_order(place_engine: Engine) -> None:
    lon, lat = lonlat(100, 5)
    move = {"kind": "move_station", "code": "a1", "lon": lon, "lat": lat}
    gone = {"kind": "remove_street", "code": "s0"}
    assert plan(place_engine, NEW, move, {"kind": "close_station", "code": "a1"})
    for edits, number, reason in (
        ([move, NEW], 0, "station_not_found"),
        ([NEW, NEW], 1, "code_taken"),
        ([gone, gone], 1, "street_not_found"),
        ([{"kind": "set_gate", "code": "g", "access": "closed"}], 0, "gate_not_found"),
        ([{**NEW, "type": "castle"}], 0, "unknown_station_type"),
    ):
        with pytest.raises(Conflict) as refused:
            plan(place_engine, *edits)
        assert (refused.value.facts["edit"], refused.value.facts["reason"]) == (number, reason)


def test_adopting_makes_all_of_it_real_or_nothing(changeable_engine: Engine) -> None:
    owner = changeable_engine
    made = plan(owner, NEW, CLOSE, edit_to_json(path_north()))
    wanted = answer_for(in_scenario(owner, made.id), CENTER)
    with pytest.raises(Stale):
        adopt_scenario(owner, made.id, 7)
    done = adopt_scenario(owner, made.id, made.version)
    assert len(done.ids) == 3
    now = answer_for(owner, CENTER)
    assert now.totals == wanted.totals
    assert now.network_version == wanted.network_version == done.network_version
    assert read_scenario(owner, made.id).adopted_at is not None
    with owner.connect() as connection:
        edits = connection.execute(
            text("SELECT edit ->> 'kind', scenario_id FROM register_edit ORDER BY id")
        ).all()
    assert edits == [("add_station", made.id), ("close_station", made.id), ("add_street", made.id)]
    with pytest.raises(Conflict, match="edit_not_applicable"):
        adopt_scenario(owner, made.id)


def test_only_a_few_places_are_kept(changeable_engine: Engine) -> None:
    base = current_world(changeable_engine)
    first = kept_worlds.edited_world(changeable_engine, base, [NEW])
    for x in range(kept_worlds.KEPT_WORLDS):
        kept_worlds.edited_world(changeable_engine, base, [edit_to_json(moved("st0", 10.0 * x, 5))])
    assert kept_worlds.edited_world(changeable_engine, base, [NEW]) is not first
    again = kept_worlds.edited_world(changeable_engine, base, [NEW])
    assert kept_worlds.edited_world(changeable_engine, base, [NEW]) is again
    assert kept_worlds.edited_world(changeable_engine, base, []) is base


def test_an_account_keeps_only_so_many(changeable_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = changeable_engine
    monkeypatch.setattr(saved, "MOST_SCENARIOS", 2)
    with api_engine(owner.url.render_as_string(hide_password=False)) as web:
        anna, bert = planner(web, owner, "anna", DISTRICT), planner(web, owner, "bert", GRIDS[1])
        made = [plan(anna, NEW), plan(anna, CLOSE)]
        with pytest.raises(Conflict) as refused:
            plan(anna, NEW)
        assert refused.value.code == "too_many_scenarios"
        assert plan(bert, CLOSE, question={"area": GRIDS[1]})
        delete_scenario(anna, made[0].id, made[0].version)
        assert plan(anna, NEW)


def test_scenarios_are_shared_within_their_area(changeable_engine: Engine) -> None:
    owner = changeable_engine
    with api_engine(owner.url.render_as_string(hide_password=False)) as web:
        anna = planner(web, owner, "anna", DISTRICT)
        bert, carl = planner(web, owner, "bert", GRIDS[1]), planner(web, owner, "carl", GRIDS[0])
        whole = plan(anna, NEW)
        mine = plan(bert, CLOSE, question={"area": GRIDS[1]})
        assert (whole.area, mine.area, mine.mine) == (DISTRICT, GRIDS[1], True)
        assert {one.id for one in list_scenarios(anna)} == {whole.id, mine.id}
        assert not read_scenario(anna, mine.id).mine
        assert [one.id for one in list_scenarios(bert)] == [mine.id]
        for hidden in (
            lambda: read_scenario(carl, mine.id),
            lambda: read_scenario(bert, whole.id),
            lambda: answer_for(in_scenario(carl, whole.id), CENTER),
            lambda: change_scenario(carl, mine.id, 1, {"name": "x"}),
            lambda: delete_scenario(carl, mine.id, 1),
            lambda: adopt_scenario(carl, mine.id),
        ):
            with pytest.raises(NotFound) as refused:
                hidden()
            assert refused.value.code == "scenario_not_found"
        with pytest.raises(Forbidden):
            plan(carl, NEW, question={"area": GRIDS[1]})
        shown = answer_for(in_scenario(anna, mine.id), CENTER)
        assert not shown.suppressed
        assert answer_for(in_scenario(bert, mine.id), CENTER).suppressed


def test_planning_is_not_changing(changeable_engine: Engine) -> None:
    """Who plans may adopt only with the other permission, everywhere the edits are about."""
    owner = changeable_engine
    with api_engine(owner.url.render_as_string(hide_password=False)) as web:
        anna = planner(web, owner, "anna", DISTRICT)
        made = plan(anna, NEW, CLOSE)
        with pytest.raises(Forbidden):
            adopt_scenario(anna, made.id)
        assert read_scenario(anna, made.id).adopted_at is None
        done = adopt_scenario(planner(web, owner, "anna", DISTRICT, "register.edit"), made.id)
    assert len(done.ids) == 2
    stations = pd.DataFrame(current_world(owner).stations)
    assert dict(zip(stations["code"], stations["status"], strict=True))["st0"] == "closed"
    assert shapely.equals(stations["geometry"].iloc[0], shapely.Point(*lonlat(700, 5)))
