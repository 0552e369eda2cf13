"""Similar events: whole for staff, rough for everybody else, and nothing beyond public space."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Conflict, Invalid, NotFound
from gis.db.scope import Scope, scoped
from gis.events.duplicates.service import Typed, find_similar, say_me_too
from gis.events.model import CategoryKey
from gis.events.reading import track
from gis.events.service import file_report
from gis.events.validate import validate_report
from gis.settings import Settings
from tests.database import api_engine
from tests.district import GRIDS
from tests.events.reports import report
from tests.events.workflow.helpers import put

pytestmark = pytest.mark.db
THING = "gbt47678.5-2026:component:01001"
SIBLING = "gbt47678.5-2026:component:01002"
OTHER = "gbt47678.5-2026:matter:06001"
PRIVATE = "gov-s:request:S0202"
HERE = (126.6050, 45.7600)
DEVICE = "device-token-0123456789"


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(state_dir=Path(tmp_path_factory.mktemp("state")))


@pytest.fixture(scope="module")
def staff(district: Engine, edge: Engine) -> Engine:
    """Somebody who sees the events of the first grid."""
    with district.connect() as connection:
        grid = connection.scalar(text("SELECT id FROM area WHERE code = :code"), {"code": GRIDS[0]})
    return scoped(edge, Scope("w", areas={"events.read": (grid,)}))


@pytest.fixture(scope="module")
def resident(edge: Engine) -> Engine:
    return scoped(edge, Scope("anonymous"))


def filed(engine: Engine, lon: float, lat: float, **changes: Any) -> dict[str, Any]:
    raw = report(geometry={"type": "Point", "coordinates": [lon, lat]}, **changes)
    receipt: dict[str, Any] = json.loads(file_report(engine, validate_report(raw)).body)
    return receipt


@pytest.fixture(scope="module")
def events(district: Engine) -> dict[str, dict[str, Any]]:
    lon, lat = HERE
    return {
        "same": filed(district, lon + 0.0003, lat, category=THING, text="供水井盖破损，车辆压过有响声"),
        "sibling": filed(district, lon + 0.0006, lat, category=SIBLING, text="污水井盖丢失"),
        "other": filed(district, lon + 0.0003, lat + 0.0003, category=OTHER, text="路边有垃圾"),
        "private": filed(district, lon, lat + 0.0003, category=PRIVATE, text="邻居楼道堆物"),
        "secret": filed(district, lon, lat + 0.0002, category=THING, text="举报内容保密", confidential=True),
        "house": filed(district, 126.615, 45.76, category=THING, address={"building": "B1"}),
        "far": filed(district, lon + 0.02, lat, category=THING),
        "closed": filed(district, lon, lat, category=THING, text="已经修好"),
    }


@pytest.fixture(scope="module")
def closed(district: Engine, events: dict[str, dict[str, Any]]) -> None:
    with district.begin() as connection:
        put(connection, events["closed"]["event"], "closed")


def typed(**changes: Any) -> Typed:
    wanted = Typed(*HERE, "wgs84", CategoryKey(*THING.split(":")), "供水井盖破损")
    return replace(wanted, **changes)


def test_staff_see_them_whole_and_the_best_first(
    staff: Engine, settings: Settings, events: dict[str, dict[str, Any]], closed: None
) -> None:
    whole, rough = find_similar(staff, settings, typed())
    ids = [one.facts["id"] for one in whole]
    assert ids[0] == events["same"]["event"]
    assert events["closed"]["event"] not in ids
    assert events["far"]["event"] not in ids
    best = whole[0]
    assert best.facts["text"] == "供水井盖破损，车辆压过有响声"
    assert best.facts["distance_m"] == pytest.approx(23.3, abs=1.0)
    assert {part.name for part in best.parts} == {"distance", "category", "text", "time"}
    assert best.parts[1].value == 1.0
    assert all(one.score >= two.score for one, two in pairwise(whole))
    secret = next(one for one in whole if one.facts["id"] == events["secret"]["event"])
    assert (secret.facts["text"], secret.facts["address"]) == (None, None)
    assert "text" not in {part.name for part in secret.parts}, "a score tells of words that are not read"
    assert not {one.ref for one in rough} & set(ids)


def test_a_resident_learns_category_rough_distance_and_age_of_public_space(
    resident: Engine, settings: Settings, events: dict[str, dict[str, Any]], closed: None
) -> None:
    whole, rough = find_similar(resident, settings, typed())
    assert whole == []
    assert sorted(one.category for one in rough) == sorted([THING, SIBLING])
    assert {one.distance_m % 50 for one in rough} == {0}
    assert {one.age_days for one in rough} == {0}
    told = json.dumps([one.__dict__ if hasattr(one, "__dict__") else str(one) for one in rough], default=str)
    for receipt in events.values():
        for secret in (receipt["event"], receipt["event_number"], receipt["tracking_code"]):
            assert secret not in told


def test_asking_from_many_sides_gives_the_square_and_no_more(resident: Engine, settings: Settings) -> None:
    """Two events of one square of fifty metres are told apart from nowhere: the answer hangs on the square alone."""
    _, one = find_similar(resident, settings, typed(lon=HERE[0] - 0.0005))
    _, two = find_similar(
        resident, settings, typed(lon=HERE[0] - 0.0005, text="完全不同的话", photo="0" * 16)
    )
    assert [(o.category, o.distance_m) for o in one] == [(o.category, o.distance_m) for o in two]


def test_what_lies_in_a_compound_or_building_is_nobodys_business(
    resident: Engine, settings: Settings, events: dict[str, dict[str, Any]]
) -> None:
    """The second grid is one compound of the register."""
    whole, rough = find_similar(resident, settings, typed(lon=126.615, lat=45.76))
    assert (whole, rough) == ([], [])
    assert events["house"]["grid"]["code"] == GRIDS[1]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"photo": "xyz"}, "bad_photo"),
        ({"category": CategoryKey("gbt47678.5-2026", "component", "99999")}, "unknown_category"),
    ],
)
def test_nonsense_is_refused(
    resident: Engine, settings: Settings, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(Invalid) as caught:
        find_similar(resident, settings, typed(**changes))
    assert caught.value.code == code


def people(engine: Engine, event: str) -> int:
    with engine.connect() as connection:
        return int(
            connection.execute(text("SELECT me_too FROM event WHERE id = :id"), {"id": event}).scalar_one()
        )


def test_me_too_counts_each_voice_once_and_gives_a_code(
    district: Engine, resident: Engine, settings: Settings
) -> None:
    receipt = filed(district, 126.6031, 45.7551, category=THING)
    _, rough = find_similar(resident, settings, typed(lon=126.6031, lat=45.7551))
    ref = rough[0].ref
    first = say_me_too(resident, settings, ref, DEVICE)
    again = say_me_too(resident, settings, ref, DEVICE)
    other = say_me_too(resident, settings, ref, DEVICE + "x")
    assert (first.people, first.again) == (1, False)
    assert (again.tracking_code, again.people, again.again) == (first.tracking_code, 1, True)
    assert (other.people, other.again) == (2, False)
    assert len({first.tracking_code, other.tracking_code, receipt["tracking_code"]}) == 3
    assert people(district, receipt["event"]) == 2
    told = json.loads(track(resident, first.tracking_code))
    assert (told["event_number"], told["status"]) == (receipt["event_number"], "reported")


def test_an_id_is_enough_only_within_the_scope(
    district: Engine, staff: Engine, resident: Engine, settings: Settings, events: dict[str, dict[str, Any]]
) -> None:
    said = say_me_too(staff, settings, events["private"]["event"], DEVICE)
    assert said.people == 1
    for reference in (events["private"]["event"], events["secret"]["event"], "x", "00" * 20):
        with pytest.raises(NotFound) as caught:
            say_me_too(resident, settings, reference, DEVICE)
        assert caught.value.code == "no_such_event"


@pytest.mark.parametrize("device", [None, "short", "mit Leerzeichen darin", 7])
def test_a_device_says_who_it_is(
    resident: Engine, settings: Settings, events: dict[str, dict[str, Any]], device: object
) -> None:
    _, rough = find_similar(resident, settings, typed())
    with pytest.raises(Invalid):
        say_me_too(resident, settings, rough[0].ref, device)


def test_a_finished_event_takes_no_more_voices(
    district: Engine, resident: Engine, settings: Settings
) -> None:
    receipt = filed(district, 126.6071, 45.7531, category=THING)
    _, rough = find_similar(resident, settings, typed(lon=126.6071, lat=45.7531))
    with district.begin() as connection:
        put(connection, receipt["event"], "closed")
    with pytest.raises(Conflict) as caught:
        say_me_too(resident, settings, rough[0].ref, DEVICE)
    assert caught.value.code == "event_finished"
    assert find_similar(resident, settings, typed(lon=126.6071, lat=45.7531))[1] == []
