"""A stretch of time played again through the HTTP API: the sample's reports, taken on by people with real roles.

The application works as the role of the web edge, under its policies; only the clock is another one: every transaction
begins with the time of the play (`wangge.now`). Who does what next, and after how long, is drawn with a seed; what the
API refuses is refused, and somebody tries something else later. What falls into the same half hour is done by several
people at once, each with another event. Between the steps the timers of the worker run.
"""

from __future__ import annotations

import heapq
import math
import random
import secrets
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api.app import create_app
from api.auth import CSRF_HEADER, PLAIN_COOKIE, csrf_token
from gis.db.engine import unit_of_work
from gis.db.scope import MAINTENANCE, Scope, scoped
from gis.events.clocks.timers import sweep
from gis.events.kpi.folding import fold
from gis.events.rating.following import photo_came
from tests.clients import add_account, add_session, unbounded
from tests.database import api_engine
from tests.events.workflow.helpers import PHOTO

EMPTY = (
    "SET LOCAL session_replication_role = replica",
    "TRUNCATE report, event, event_log, event_clock, kpi_delta, kpi_cell CASCADE",
    "SET LOCAL session_replication_role = origin",
)
ARRIVED = (
    text(
        "INSERT INTO attachment (sha256, media_type, bytes, width, height) VALUES (:photo, 'image/jpeg', 1, 1, 1)"
        " ON CONFLICT DO NOTHING"
    ),
    text(
        "UPDATE command_photo SET attachment_sha256 = :photo WHERE command_id = :command AND sha256 = :photo"
    ),
)
SWEEP_EVERY = timedelta(hours=3)
AT_ONCE = 4
TOGETHER = timedelta(minutes=30)
FOLDED_ON = 15  # of the month: at the end some are folded and some are not
ROLES = {
    "desk": "acceptor", "chief": "shift_lead", "dispatcher": "dispatcher", "inspector": "supervisor",
    "worker": "grid_worker", "resident": "resident",
}  # fmt: skip
# What is tried in a state: who, which command, how much more often than others, after how many hours (median).
PLAN: dict[str, tuple[tuple[str, str, float, float], ...]] = {
    "reported": (("desk", "accept", 8, 1.5), ("worker", "self_handle", 3, 2), ("desk", "reject", 0.5, 1)),
    "accepted": (
        ("desk", "file", 8, 1), ("desk", "send_verification", 1.5, 1), ("chief", "cancel", 0.3, 2),
        ("desk", "reject", 0.6, 1),
    ),
    "verifying": (("inspector", "verify", 5, 1.5), ("inspector", "return", 0.5, 2)),
    "verified": (("desk", "file", 5, 1),),
    "filed": (("dispatcher", "dispatch", 8, 1),),
    "dispatched": (("unit", "sign", 8, 1.2), ("unit", "refuse", 0.8, 2)),
    "handling": (
        ("unit", "feedback", 8, 30), ("unit", "return", 0.5, 6), ("unit", "request_extension", 0.8, 20),
        ("chief", "grant_extension", 0.8, 4), ("unit", "request_suspension", 0.3, 10), ("chief", "suspend", 0.5, 5),
        ("chief", "urge", 0.4, 12),
    ),
    "suspended": (("chief", "resume", 3, 50), ("unit", "resume", 1, 50)),
    "feedback": (("desk", "send_inspection", 8, 0.6),),
    "inspecting": (
        ("inspector", "pass_inspection", 8, 2), ("inspector", "fail_inspection", 1, 2), ("desk", "call_back", 1, 1),
        ("desk", "close", 6, 1),
    ),
    "self_handled": (("desk", "close", 6, 5), ("desk", "send_inspection", 2, 4)),
    "closed": (("resident", "rate", 2, 30), ("resident", "object", 0.3, 40), ("desk", "call_back", 1, 24), ("", "", 4, 1)),
}  # fmt: skip
WORDS = {"text": "情况说明", "reason": "原因说明"}
SAID: dict[str, Callable[[float], dict[str, Any]]] = {
    "call_back": lambda luck: {"reached": True, "answered": luck < 0.9, "solved": "yes", "satisfied": luck < 0.8}
    if luck < 0.85 else {"reached": False},
    "rate": lambda luck: {"score": 1 + int(luck * 5), "solved": "yes" if luck > 0.3 else "no"},
    "self_handle": lambda luck: {},
    "close": lambda luck: {"closure": True},
}  # fmt: skip


@dataclass
class Play:
    """A play: where it happens, what time it is, who takes part, what came of it."""

    owner: Engine
    client: TestClient
    seed: int
    now: datetime
    tokens: dict[str, str] = field(default_factory=dict)
    units: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    swept: datetime | None = None
    passed: set[str] = field(default_factory=set)
    """Events whose inspection passed in this round: asked again it would only be refused."""
    counting: threading.Lock = field(default_factory=threading.Lock)

    def count(self, said: str) -> None:
        """Somebody was answered so."""
        with self.counting:
            self.answers[said] += 1

    def ask(self, who: str, method: str, path: str, **more: Any) -> Any:
        """One request of somebody at the time of the play."""
        token = self.tokens[who]
        headers = {"Cookie": f"{PLAIN_COOKIE}={token}", CSRF_HEADER: csrf_token(token)}
        return self.client.request(method, path, headers=headers, **more)


def uuid7_at(moment: datetime) -> str:
    """The id a client of that time would make."""
    value = (int(moment.timestamp() * 1000) << 80) | (7 << 76) | (secrets.randbits(12) << 64)
    return str(uuid.UUID(int=value | (0b10 << 62) | secrets.randbits(62)))


@contextmanager
def playing(owner: Engine, state_dir: Path, begins: datetime, seed: int) -> Iterator[Play]:
    """A database with areas and departments, without events, and people at the top of the tree."""
    with owner.begin() as connection:
        for statement in EMPTY:
            connection.execute(text(statement))
        units = list(connection.scalars(text("SELECT code FROM department ORDER BY code")))
    with ExitStack() as stack:
        edge = stack.enter_context(api_engine(owner.url.render_as_string(hide_password=False)))
        app = create_app(unbounded(state_dir=state_dir), engine=edge)
        client = stack.enter_context(TestClient(app, raise_server_exceptions=False))
        play = Play(owner, client, seed, begins)
        real = Scope.settings

        def at_the_time(scope: Scope) -> dict[str, str]:
            return real(scope) | {"wangge.maintenance": "on", "wangge.now": play.now.isoformat()}

        stack.enter_context(pytest.MonkeyPatch.context()).setattr(Scope, "settings", at_the_time)
        for name, role in ROLES.items():
            play.tokens[name] = add_session(owner, add_account(owner, role))
        play.units = units
        for unit in units:
            account = add_account(owner, "department_inbox", department=unit)
            play.tokens[unit] = add_session(owner, account)
        yield play


def reports_of(frame: pd.DataFrame, begins: datetime, ends: datetime) -> list[dict[str, Any]]:
    """The reports sent between two moments, in their order."""
    sent = pd.to_datetime(frame["reported_at"].astype(str), utc=True)
    rows = frame.assign(sent=sent)[(sent >= begins) & (sent < ends)].sort_values("sent", kind="stable")
    made: list[Any] = rows.to_dict("records")
    return made


Turn = tuple[datetime, int, Any]
Next = tuple[timedelta, tuple[str, str, Any]]


def run(
    play: Play, rows: list[dict[str, Any]], ends: datetime, tell: Callable[[str], None] | None = None
) -> None:
    """Play until `ends`; what is open then stays open. `tell` hears of each day that begins, and the steps until then."""
    queue: list[Turn] = [(row["sent"].to_pydatetime(), i, row) for i, row in enumerate(rows)]
    heapq.heapify(queue)
    turn = len(queue)
    with ThreadPoolExecutor(AT_ONCE) as people:
        while queue and queue[0][0] < ends:
            together = [heapq.heappop(queue)]
            while queue and queue[0][0] < min(together[0][0] + TOGETHER, ends):
                together.append(heapq.heappop(queue))
            moment = together[-1][0]
            if tell is not None and moment.date() != play.now.date():
                tell(f"{moment:%Y-%m-%d}: {play.answers.total()} steps")
            _pass_time(play, moment)
            for found in people.map(partial(_take_turn, play), together):
                if found is not None:
                    turn += 1
                    heapq.heappush(queue, (moment + found[0], turn, found[1]))
    _pass_time(play, ends)


def _pass_time(play: Play, moment: datetime) -> None:
    """Let the timers run at their times until `moment`, and fold the indicators once a month."""
    while play.swept is None or play.swept + SWEEP_EVERY <= moment:
        before = play.swept
        play.swept = play.now if before is None else before + SWEEP_EVERY
        while sweep(play.owner, play.swept):
            pass
        while before is not None and before.day != play.swept.day == FOLDED_ON and fold(play.owner):
            pass
    play.now = moment


def _take_turn(play: Play, taken: Turn) -> Next | None:
    _, turn, what = taken
    rng = random.Random(f"{play.seed} {turn}")  # whoever is faster, each draws the same
    return _report(play, rng, what) if isinstance(what, dict) else _step(play, rng, what)


def _report(play: Play, rng: random.Random, row: dict[str, Any]) -> Next | None:
    body = {
        "id": uuid7_at(play.now),
        "category": f"{row['category_scheme']}:{row['category_kind']}:{row['category_code']}",
        "text": row["text"],
        "geometry": {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]},
        "coord_sys": row["coord_sys"],
        "accuracy_m": float(row["accuracy_m"]),
        "urgency": row["urgency"],
    }
    for who, source in (("resident", "resident_code"), ("worker", "grid_worker")):
        if row["source"] == "grid_worker" and who == "resident":
            continue
        answer = play.ask(who, "POST", "/api/v1/reports", json=body | {"source": source})
        play.count(f"report {answer.status_code}")
        if answer.status_code == 201:
            unit = row["department"] if isinstance(row["department"], str) and row["department"] else None
            unit = unit if unit in play.tokens else rng.choice(play.units)
            place = {"lon": row["lon"], "lat": row["lat"], "coord_sys": row["coord_sys"], "accuracy_m": 5.0}
            return _wait(rng, 1.0), (answer.json()["event"], unit, place)
    return None


def _wait(rng: random.Random, hours: float) -> timedelta:
    return timedelta(hours=min(hours * math.exp(rng.gauss(0, 0.9)), 900.0))


def _step(play: Play, rng: random.Random, what: tuple[str, str, Any]) -> Next | None:
    found, unit, place = what
    with play.owner.begin() as connection:  # a rollback would forget the prepared statements
        row = connection.execute(
            text(
                "SELECT e.status, e.version, d.code AS unit, EXISTS (SELECT FROM filing_standard AS s"
                " WHERE s.category_id IN (c.id, c.parent_id)) AS has_standard FROM event AS e"
                " JOIN category AS c ON c.id = e.category_id"
                " LEFT JOIN department AS d ON d.id = e.department_id WHERE e.id = cast(:id AS uuid)"
            ),
            {"id": found},
        ).one()
    if row.status != "inspecting":
        play.passed.discard(found)
    plan = [
        one for one in PLAN.get(row.status, ()) if found not in play.passed or "_inspection" not in one[1]
    ]
    if not plan:
        return None
    who, name, _, hours = rng.choices(plan, [weight for _, _, weight, _ in plan])[0]
    if not name:
        return None
    actor = (row.unit or unit) if who == "unit" else who
    body = _command(play, rng, name, place, unit, row.version)
    if name == "file" and row.has_standard:
        body["data"] = {"condition": 1}
    answer = play.ask(actor, "POST", f"/api/v1/events/{found}/commands", json=body)
    said = "200" if answer.status_code == 200 else f"{answer.status_code} {answer.json().get('code')}"
    play.count(f"{name} {said}")
    if answer.status_code == 200 and name == "pass_inspection":
        play.passed.add(found)
    if answer.status_code == 200 and body["photos"]:
        _photos_arrive(play, uuid.UUID(found), body["id"])
    return _wait(rng, hours), what


def _photos_arrive(play: Play, found: uuid.UUID, command: str) -> None:
    """The bytes come right after the command that announced them."""
    with unit_of_work(scoped(play.owner, MAINTENANCE)) as session:
        session.execute(text("SELECT set_config('wangge.now', :now, true)"), {"now": play.now.isoformat()})
        session.execute(ARRIVED[0], {"photo": PHOTO})
        session.execute(ARRIVED[1], {"photo": PHOTO, "command": command})
        photo_came(session, found)


def _command(
    play: Play, rng: random.Random, name: str, place: Any, unit: str, version: int
) -> dict[str, Any]:
    data: dict[str, Any] = SAID[name](rng.random()) if name in SAID else {}
    if name == "dispatch":
        data = {"department": unit}
    if name in {"suspend", "request_suspension"}:
        data = {"until": str((play.now + timedelta(days=rng.randint(2, 20))).date())}
    slots = {"self_handle": ("before", "after"), "feedback": ("before", "after"), "pass_inspection": ("check",),
             "fail_inspection": ("check",), "verify": ("before",)}  # fmt: skip
    return {
        "id": uuid7_at(play.now),
        "command": name,
        "base_version": version,
        **WORDS,
        "position": place,
        "photos": [{"slot": slot, "sha256": PHOTO} for slot in slots.get(name, ())],
        "data": data,
    }
