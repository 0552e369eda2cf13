"""Alarms of sensors: who signed, when, once, and a storm is one event."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from gis.db.scope import EVERYWHERE, Scope, scoped
from gis.events.model import CategoryKey
from gis.events.sensors.hearing import Heard, Signed, hear
from gis.events.sensors.service import NewSensor, add_sensor, change_sensor, list_sensors
from gis.jobs.signing import TOLERANCE_S, signature
from gis.settings import Settings
from tests.database import api_engine
from tests.district import GRIDS
from tests.events.workflow.helpers import put

pytestmark = pytest.mark.db
NOW = 1_790_000_000.0


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    with api_engine(district.url.render_as_string(hide_password=False)) as made:
        yield made


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(state_dir=Path(tmp_path_factory.mktemp("state")))


@pytest.fixture(scope="module")
def admin(edge: Engine) -> Engine:
    return scoped(edge, Scope("admin", areas={"rules.edit": EVERYWHERE}))


_made: list[str] = []


def sensor(admin: Engine, settings: Settings, **changes: Any) -> tuple[str, bytes]:
    code = f"well-{len(_made)}"
    _made.append(code)
    plain: dict[str, Any] = {
        "code": code, "name": "井盖传感器", "category": CategoryKey("gbt47678.5-2026", "component", "01001"),
        "lon": 126.605, "lat": 45.76, "coord_sys": "wgs84", "text": "井盖移位", "urgency": "urgent",
    }  # fmt: skip
    return code, bytes.fromhex(add_sensor(admin, settings, NewSensor(**(plain | changes))))


def signed(code: str, key: bytes, body: bytes = b"", *, at: float = NOW, n: int = 0) -> Signed:
    """A request; `n` makes another second of it, so that each is signed differently."""
    stamp = int(at) + n
    return Signed(code, str(stamp), signature(key, stamp, body), body)


def heard(edge: Engine, settings: Settings, one: Signed, now: float = NOW) -> Heard:
    return hear(edge, settings, one, now)


def storm(engine: Engine, number: str) -> tuple[int, int]:
    with engine.connect() as connection:
        return tuple(
            connection.execute(
                text(
                    "SELECT (SELECT count(*) FROM event WHERE number = :n),"
                    " (SELECT alarms FROM sensor_storm w JOIN event e ON e.id = w.event_id WHERE e.number = :n)"
                ),
                {"n": number},
            ).one()
        )


def test_an_alarm_opens_an_event_of_its_sensor(
    district: Engine, edge: Engine, admin: Engine, settings: Settings
) -> None:
    code, key = sensor(admin, settings)
    body = json.dumps({"note": "倾角 17°", "occurred_at": "2026-09-21T06:00:00+08:00"}).encode()
    one = heard(edge, settings, signed(code, key, body))
    assert (one.alarms, one.new, one.replay) == (1, True, False)
    with district.connect() as connection:
        row = connection.execute(
            text(
                "SELECT e.source, e.text, e.urgency, e.reporter_id, a.code, l.actor FROM event e"
                " JOIN area a ON a.id = e.grid_id JOIN event_log l ON l.event_id = e.id WHERE e.number = :n"
            ),
            {"n": one.event_number},
        ).one()
    assert tuple(row) == ("sensor", "井盖移位：倾角 17°", "urgent", None, GRIDS[0], "source:sensor")


def test_a_storm_is_one_event_with_a_counter(
    district: Engine, edge: Engine, admin: Engine, settings: Settings
) -> None:
    """Forty alarms on sixteen connections."""
    code, key = sensor(admin, settings)
    start = threading.Barrier(16)

    def send(n: int) -> list[Heard]:
        start.wait()
        return [heard(edge, settings, signed(code, key, n=16 * k + n)) for k in range(3)]

    with ThreadPoolExecutor(16) as pool:
        answers = [one for many in pool.map(send, range(16)) for one in many]
    assert len({one.event_number for one in answers}) == 1
    assert sorted(one.alarms for one in answers) == list(range(1, 49))
    assert sum(one.new for one in answers) == 1
    assert storm(district, answers[0].event_number) == (1, 48)


def test_the_same_request_again_counts_nothing(
    district: Engine, edge: Engine, admin: Engine, settings: Settings
) -> None:
    code, key = sensor(admin, settings)
    one, two = signed(code, key), signed(code, key, n=1)
    first, second = heard(edge, settings, one), heard(edge, settings, two)
    for recorded, alarms in ((one, 1), (two, 2), (one, 1)):
        again = heard(edge, settings, recorded)
        assert (again.event_number, again.alarms, again.new, again.replay) == (
            first.event_number, alarms, False, True,
        )  # fmt: skip
    assert second.alarms == 2
    assert storm(district, first.event_number) == (1, 2)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("another body", "bad_signature"),
        ("another key", "bad_signature"),
        ("another sensor", "bad_signature"),
        ("unknown sensor", "bad_signature"),
        ("no signature", "bad_signature"),
        ("another timestamp", "bad_signature"),
        ("too old", "stale_signature"),
        ("too new", "stale_signature"),
        ("no number", "bad_signature"),
    ],
)
def test_what_proves_nothing_is_refused(
    district: Engine, edge: Engine, admin: Engine, settings: Settings, what: str, code: str
) -> None:
    name, key = sensor(admin, settings)
    other, _ = sensor(admin, settings)
    good = signed(name, key, b"{}")
    stale = signed(name, key, b"{}", at=NOW - TOLERANCE_S - 1)
    wrong = {
        "another body": Signed(name, good.timestamp, good.signature, b'{"note":"x"}'),
        "another key": signed(name, bytes(32), b"{}"),
        "another sensor": Signed(other, good.timestamp, good.signature, b"{}"),
        "unknown sensor": signed("nobody", bytes(32), b"{}"),
        "no signature": Signed(name, good.timestamp, "", b"{}"),
        "another timestamp": Signed(name, str(int(NOW) + 5), good.signature, b"{}"),
        "too old": stale,
        "too new": signed(name, key, b"{}", at=NOW + TOLERANCE_S + 1),
        "no number": Signed(name, "soon", good.signature, b"{}"),
    }[what]
    with district.connect() as connection:
        before = connection.scalar(text("SELECT count(*) FROM event"))
    with pytest.raises(Unauthenticated) as caught:
        heard(edge, settings, wrong)
    assert caught.value.code == code
    assert (code == "bad_signature") == ("已停用" in caught.value.zh)  # the first thing to look at
    with district.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM event")) == before
    assert heard(edge, settings, good).new, "the control: the true one is heard"


def test_after_the_snooze_or_the_closing_it_is_another_event(
    district: Engine, edge: Engine, admin: Engine, settings: Settings
) -> None:
    code, key = sensor(admin, settings)
    first = heard(edge, settings, signed(code, key))
    with district.begin() as connection:
        connection.execute(text("UPDATE sensor_storm SET last_at = last_at - interval '59 minutes'"))
    assert heard(edge, settings, signed(code, key, n=1)).event_number == first.event_number
    with district.begin() as connection:
        connection.execute(text("UPDATE sensor_storm SET last_at = last_at - interval '61 minutes'"))
    second = heard(edge, settings, signed(code, key, n=2))
    assert (second.new, second.alarms) == (True, 1)
    with district.begin() as connection:
        event = connection.scalar(text("SELECT id FROM event WHERE number = :n"), {"n": second.event_number})
        put(connection, event, "closed")
    assert heard(edge, settings, signed(code, key, n=3)).new


def test_a_sensor_switched_off_is_nobody(edge: Engine, admin: Engine, settings: Settings) -> None:
    code, key = sensor(admin, settings)
    change_sensor(admin, code, enabled=False, snooze_s=None)
    with pytest.raises(Unauthenticated):
        heard(edge, settings, signed(code, key))
    change_sensor(admin, code, enabled=True, snooze_s=60)
    assert heard(edge, settings, signed(code, key)).new
    row = next(one for one in list_sensors(admin) if one.code == code)
    assert (row.enabled, row.snooze_s, row.alarms, row.events) == (True, 60, 1, 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"{", "bad_json"), (b"[]", "not_object"), (b'{"x":1}', "unknown_key"), (b'{"note":7}', "not_text")],
)
def test_a_signed_body_is_read_strictly(
    edge: Engine, admin: Engine, settings: Settings, body: bytes, code: str
) -> None:
    name, key = sensor(admin, settings)
    with pytest.raises(Invalid) as caught:
        heard(edge, settings, signed(name, key, body))
    assert caught.value.code == code


def test_the_register_is_for_whoever_edits_the_rules_there(
    district: Engine, edge: Engine, admin: Engine, settings: Settings
) -> None:
    with district.connect() as connection:
        other = connection.scalar(text("SELECT id FROM area WHERE code = :c"), {"c": GRIDS[3]})
    elsewhere = scoped(edge, Scope("elsewhere", areas={"rules.edit": (other,)}))
    with pytest.raises(Forbidden):
        sensor(elsewhere, settings)
    code, _ = sensor(admin, settings)
    assert code not in {one.code for one in list_sensors(elsewhere)}
    with pytest.raises(NotFound):
        change_sensor(elsewhere, code, enabled=False, snooze_s=None)
    with pytest.raises(Conflict):
        sensor(admin, settings, code=code)
    with pytest.raises(Invalid):
        sensor(admin, settings, lon=10.0)


def test_keys_are_sealed_and_not_for_the_web_edge(
    district: Engine, edge: Engine, admin: Engine, settings: Settings
) -> None:
    code, key = sensor(admin, settings)
    with district.connect() as connection:
        stored = bytes(
            connection.execute(
                text("SELECT key_sealed FROM sensor WHERE code = :c"), {"c": code}
            ).scalar_one()
        )
    assert key not in stored
    assert key.hex().encode() not in stored
    with admin.connect() as connection, pytest.raises(Exception, match="permission denied"):
        connection.execute(text("SELECT key_sealed FROM sensor"))


def test_the_clock_of_the_server_is_the_default(edge: Engine, admin: Engine, settings: Settings) -> None:
    code, key = sensor(admin, settings)
    assert hear(edge, settings, signed(code, key, at=time.time())).new
