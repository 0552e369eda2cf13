"""Whistles by who blew, approves and answers them; inspections, ratings and reviews by the events they are about."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from tests.events.reports import uuid7
from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Calls, Operation
from tests.matrix.ops_areas import plain
from tests.matrix.ops_events import due, places, reaches, refused
from tests.matrix.places import AREAS, GRIDS, MATTERS, Matter, Person, department_within, relation_of
from tests.matrix.world import World, point_of

if TYPE_CHECKING:
    from tests.matrix.insert_cases import Try

YEAR = str(datetime.now(ZoneInfo("Asia/Shanghai")).year)


@dataclass(frozen=True, slots=True)
class Blown:
    """A whistle of the world: where, who blew it, which department it names, and whether it was approved."""

    place: str
    department: str
    called: bool
    blower: str = "nobody"

    @property
    def community(self) -> str:
        """The area that blew."""
        return self.place[:4]

    @property
    def street(self) -> str:
        """The area that approves."""
        return self.place[:3]


WHISTLES = {
    "waits": Blown("a111a", "d1", called=False),
    "called": Blown("a111a", "d1", called=True),
    "below": Blown("a121a", "d11", called=True),
    "above": Blown("a211a", "d0", called=True),
    "far": Blown("b111a", "db", called=True),
    "own": Blown("b111a", "db", called=False, blower="double"),
}
OF_EVENT = {
    "event_sample": "INSERT INTO event_sample SELECT id, 1, 'call_back', 0.5, 0.1, (SELECT min(id) FROM rating_rule),"
    " false FROM event",
    "inspection_task": "INSERT INTO inspection_task (event_id, seq, round, kind, assigned_at)"
    " SELECT id, 0, 1, 'inspection', now() FROM event",
    "event_wait": "INSERT INTO event_wait SELECT id, 1, 'pass_inspection' FROM event",
    "event_round": "INSERT INTO event_round (event_id, round, ended_at, ended_as, object_until)"
    " SELECT id, 1, now(), 'closed', now() FROM event",
    "event_rating": "INSERT INTO event_rating SELECT id, 1, 5, 'yes', NULL, now(), NULL FROM event",
    "call_back": "INSERT INTO call_back (event_id, round, sampled, asked_at) SELECT id, 1, true, now() FROM event",
    "overdue_appeal": "INSERT INTO overdue_appeal (event_id, round, asked_at, asked_by, decided_at, decided_by, granted)"
    " SELECT e.id, 1, now(), a.id, now(), b.id, false FROM event AS e, account AS a, account AS b"
    " WHERE a.username = 'nobody' AND b.username = 'admin'",
}


def sees(person: Person, blown: Blown) -> bool:
    """Who knows of a whistle: over its community, whoever approves, who blew it, and departments once called."""
    if may.covers(person, "events.read", blown.community) or may.covers(
        person, "whistle.approve", blown.street
    ):
        return True
    if may.is_somebody(person) and person.name == blown.blower:
        return True
    return blown.called and any(
        held.department is not None and department_within(blown.department, held.department)
        for held in may.grants(person, "events.read")
    )


def counts(person: Person, blown: Blown) -> bool:
    """Whose indicators it is in: of its place, or of the department."""
    return may.covers(person, "kpi.read", blown.place) or any(
        held.department is not None and department_within(blown.department, held.department)
        for held in may.grants(person, "kpi.read")
    )


def approves(person: Person, blown: Blown) -> bool:
    """Who may approve it: one level up, and not its blower."""
    return may.covers(person, "whistle.approve", blown.street) and person.name != blown.blower


def answers(person: Person, blown: Blown) -> bool:
    """Whose department is named."""
    return any(
        held.department is not None and department_within(blown.department, held.department)
        for held in may.grants(person, "events.handle")
    )


def decides(person: Person, blown: Blown) -> bool:
    """Who decides on an appeal: one level up, who had no part in it before. The administrator approved and appealed."""
    return approves(person, blown) and person.name != "admin" and not answers(person, blown)


def seen(world: World, person: Person) -> set[Any]:
    """The ids of the whistles somebody should see."""
    return {world.whistles[key] for key, blown in WHISTLES.items() if sees(person, blown)}


def rated(world: World, person: Person) -> set[Any]:
    """The appeals against ratings somebody should see."""
    return {world.whistles[key] for key in ("called", "far") if sees(person, WHISTLES[key])}


def plant(connection: Connection, made: World) -> None:
    """The whistles, and one row of each kind for every event."""
    for key, blown in WHISTLES.items():
        made.whistles[key] = uuid7()
        values = {
            "id": made.whistles[key], "place": made.areas[blown.place], "community": made.areas[blown.community],
            "street": made.areas[blown.street], "who": made.accounts[blown.blower],
            "department": made.departments[blown.department], "by": made.accounts["admin"],
        }  # fmt: skip
        connection.execute(
            text(
                "INSERT INTO whistle (id, area_id, blower_area_id, approver_area_id, rule_id, blown_by, reason, geom,"
                " approve_due) VALUES (cast(:id AS uuid), :place, :community, :street,"
                " (SELECT min(id) FROM whistle_rule), :who, 'x', ST_SetSRID(ST_MakePoint(126.6, 45.7), 4326), now())"
            ),
            values,
        )
        connection.execute(
            text(
                "INSERT INTO whistle_answer (whistle_id, department_id) VALUES (cast(:id AS uuid), :department)"
            ),
            values,
        )
        connection.execute(
            text(
                "INSERT INTO whistle_photo (whistle_id, sha256, department_id)"
                " VALUES (cast(:id AS uuid), repeat('0', 64), :department)"
            ),
            values,
        )
        if blown.called:
            _call(connection, values)
        if key in {"called", "far"}:
            _rate(connection, values)
    for statement in OF_EVENT.values():
        connection.execute(text(statement))


def _call(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(
        text(
            "UPDATE whistle SET status = 'approved', version = 2, decided_at = now(), decided_by = :by"
            " WHERE id = cast(:id AS uuid)"
        ),
        values,
    )
    connection.execute(
        text(
            "UPDATE whistle_answer SET status = 'called', version = 2, called_at = now(), accept_due = now(),"
            " arrive_due = now(), plan_due = now(), result_due = now() WHERE whistle_id = cast(:id AS uuid)"
        ),
        values,
    )


def _rate(connection: Connection, values: dict[str, Any]) -> None:
    """To the end, and appealed against."""
    for status, facts in (
        ("accepted", "accepted_at = now()"),
        ("arrived", "arrived_at = now()"),
        ("resolved", "resolved_at = now(), outcome = 'solved', rate_due = now()"),
        (
            "rated",
            "rated_at = now(), rated_by = :who, timeliness = 5, effort = 5, result = 5, solved = 'yes'",
        ),
    ):
        connection.execute(
            text(
                f"UPDATE whistle_answer SET status = '{status}', version = version + 1, {facts}"
                " WHERE whistle_id = cast(:id AS uuid)"
            ),
            values,
        )
    connection.execute(
        text(
            "INSERT INTO whistle_appeal (whistle_id, department_id, reason, asked_by)"
            " VALUES (cast(:id AS uuid), :department, 'x', :by)"
        ),
        values,
    )


def tries(world: World, person: Person) -> Iterator[Try]:
    """Blowing and steps by the functions of the database alone."""
    from tests.matrix.insert_cases import Try

    blow = (
        "SELECT 1 FROM (SELECT blow_whistle(cast(:given AS jsonb)) AS told) AS x WHERE NOT told ? 'refused'"
    )
    for key in GRIDS:
        lon, lat = point_of(key)
        given = {
            "id": uuid7(), "area": world.areas[key], "lon": lon, "lat": lat, "reason": "x", "urgency": "normal",
            "source": "community", "departments": ["d1"], "approve_due": "2030-01-01T00:00:00Z",
        }  # fmt: skip
        taken = may.is_somebody(person) and may.covers(person, "whistle.blow", key[:4])
        yield Try(f"whistle in {key}", blow, {"given": json.dumps(given)}, taken)
    step = (
        "SELECT 1 FROM (SELECT whistle_step(cast(:id AS uuid), cast(:department AS int), :command, :version,"
        " cast(:said AS jsonb)) AS told) AS x WHERE NOT told ? 'refused'"
    )
    dues = dict.fromkeys(("accept", "arrive", "plan", "result"), "2030-01-01T00:00:00Z")
    for key, blown in WHISTLES.items():
        plain = {"id": world.whistles[key], "said": json.dumps({"due": dues, "reason": "x"})}
        waits = {"department": None, "command": "approve", "version": 1}
        yield Try(f"approving {key}", step, plain | waits, not blown.called and approves(person, blown))
        called = {"department": world.departments[blown.department], "command": "accept", "version": 2}
        answered = key in {"below", "above"} and answers(person, blown)
        yield Try(f"accepting {key}", step, plain | called, answered)
    review = "SELECT 1 FROM (SELECT review_appeal(cast(:id AS uuid), true, 'x') AS told) AS x WHERE NOT told ? 'refused'"
    put = "SELECT 1 FROM (SELECT put_whistle_rule(:area, cast(:rule AS jsonb)) AS told) AS x WHERE NOT told ? 'refused'"
    share = (
        "SELECT 1 FROM (SELECT put_rating_rule(:area, NULL, cast(:share AS jsonb)) AS told) AS x"
        " WHERE NOT told ? 'refused'"
    )
    for place in (None, *AREAS):
        held = may.covers(person, "rules.edit", place or "p")
        written_ = {"area": AREAS[place][0] if place else None}
        yield Try(f"whistle rule of {place}", put, written_ | {"rule": json.dumps(RULE)}, held)
        yield Try(f"shares of {place}", share, written_ | {"share": json.dumps(SHARES)}, held)
    event = world.told["a111a.plain"].event
    yield Try("review of a decided appeal", review, {"id": event}, False)


def blow(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Blown where the permission is held over the community; nowhere else."""
    for place in [key for key in places(person, kin, most=9) if key in GRIDS][:2]:
        held = may.covers(person, "whistle.blow", place[:4])

        def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
            assert (answer.status, answer.code) == ((201, "") if held else (403, "outside_scope"))

        body = {
            "id": uuid7(), "reason": "x", "departments": ["d1"], "coord_sys": "wgs84",
            "geometry": {"type": "Point", "coordinates": list(point_of(place))},
        }  # fmt: skip
        yield Call("/api/v1/whistles", check, "POST", body=body)


def listed(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Every whistle that is seen, and those that wait for one's approval or answer."""
    boxes = {
        "all": lambda one: sees(person, one),
        "mine": lambda one: may.is_somebody(person) and one.blower == person.name,
        "approve": lambda one: not one.called and approves(person, one),
        "department": lambda one: one.called and answers(person, one),
        "answer": lambda one: one in (WHISTLES["below"], WHISTLES["above"]) and answers(person, one),
        "appeal": lambda one: one in (WHISTLES["called"], WHISTLES["far"]) and decides(person, one),
    }
    for box, wanted in boxes.items():

        def check(world: World, person: Person, answer: Answer, wanted: Any = wanted) -> None:
            assert answer.status == 200, answer.code
            made = {number: key for key, number in world.whistles.items()}
            got = {made[one["id"]] for one in answer.json["items"] if one["id"] in made}
            assert got == {key for key, blown in WHISTLES.items() if wanted(blown)}

        yield Call("/api/v1/whistles", check, params={"box": box, "limit": "100"})


def one(world: World, person: Person, kin: str) -> Iterator[Call]:
    """One whistle: there for whom it exists; what may be done now is what the oracle says."""
    for key, blown in WHISTLES.items():

        def check(world: World, person: Person, answer: Answer, blown: Blown = blown) -> None:
            if not sees(person, blown):
                assert (answer.status, answer.code) == (404, "no_such_whistle")
                return
            assert answer.status == 200, answer.code
            may_approve = "approve" in [one["command"] for one in answer.json["allowed"]]
            assert may_approve == (not blown.called and approves(person, blown))

        yield Call(f"/api/v1/whistles/{world.whistles[key]}", check)


def command(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A step from a version there never was: told to whoever may take it, and to nobody else."""
    for key, blown in WHISTLES.items():
        for name, department, held in (
            ("approve", None, approves(person, blown)),
            ("accept", blown.department, answers(person, blown)),
        ):

            def check(
                world: World, person: Person, answer: Answer, blown: Blown = blown, held: bool = held
            ) -> None:
                if not sees(person, blown):
                    assert (answer.status, answer.code) == (404, "no_such_whistle")
                    return
                assert (answer.status, answer.code) == (
                    (412, "stale_version") if held else (403, "not_permitted")
                )

            body = {"id": uuid7(), "command": name, "base_version": 99}
            if department is not None:
                body["department"] = department
            yield Call(f"/api/v1/whistles/{world.whistles[key]}/commands", check, "POST", body=body)


def photo(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A photo of a result: sent by the department that announced it; none of these is an image."""
    for key, blown in WHISTLES.items():
        mine = answers(person, blown)
        path = f"/api/v1/whistles/{world.whistles[key]}/photos/{'0' * 64}"
        due_ = refused(422, "sha256_mismatch") if mine else refused(404, "attachment_not_announced")
        yield Call(path, due_, "PUT", content=b"x", headers={"content-type": "image/jpeg"})


def no_photo(world: World, person: Person, kin: str) -> Iterator[Call]:
    """None has been stored."""
    for key in WHISTLES:
        path = f"/api/v1/whistles/{world.whistles[key]}/photos/{'0' * 64}"
        yield Call(path, refused(404, "no_such_attachment"))


def _called(person: Person) -> dict[str, int]:
    """How often each department was called, as far as it counts for somebody."""
    wanted: dict[str, int] = {}
    for blown in WHISTLES.values():
        if blown.called and counts(person, blown):
            wanted[blown.department] = wanted.get(blown.department, 0) + 1
    return wanted


def scores(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Departments are scored over the whistles that count where kpi.read is held, as for /kpi/whistles."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        assert {row["code"]: row["called"] for row in answer.json["departments"]} == _called(person)

    yield Call("/api/v1/whistles/scores", check, params={"year": YEAR})


def score_run(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A run counts no other whistles than a period of it."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        found = {row["code"]: row["scores"][-1]["called"] for row in answer.json["departments"]}
        assert found == _called(person)

    yield Call("/api/v1/whistles/scores/run", check, params={"year": YEAR})


def score_file(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The file has the departments of the run, and no other."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        found = {row["Department code"]: int(row["Called"]) for row in rows if row["Period"] == YEAR}
        assert found == _called(person)

    yield Call("/api/v1/whistles/scores/export", check, params={"year": YEAR, "format": "csv"})


def _some(person: Person, kin: str) -> list[Matter]:
    return [matter for matter in MATTERS.values() if relation_of(person, matter) == kin][:3]


def by_code(what: str, body: dict[str, Any]) -> Any:
    """Rating and objecting: whoever has the code may, once the matter has ended; none of these has."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for matter in _some(person, kin):
            told = world.told[matter.key]
            known = frozenset({told.tracking_code, told.number, told.event})
            path = f"/api/v1/track/{told.tracking_code}/{what}"
            yield Call(path, refused(409, "no_such_step"), "POST", body={"id": uuid7(), **body}, known=known)

    return calls


def review(world: World, person: Person, kin: str) -> Iterator[Call]:
    """An appeal that was decided: seen by who sees the event, reviewed by nobody any more."""
    for matter in _some(person, kin):

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            if not may.covers_event(person, "events.read", matter):
                assert (answer.status, answer.code) == (404, "no_such_event")
            elif not may.covers_event(person, "events.approve", matter):
                assert (answer.status, answer.code) == (403, "not_permitted")
            else:
                assert (answer.status, answer.code) == (409, "nothing_asked")

        path = f"/api/v1/events/{world.told[matter.key].event}/appeal-review"
        yield Call(path, check, "POST", body={"favour": True, "reason": "x"})


def tasks(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Tasks of the events one sees; the open ones where one inspects."""

    def every(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        assert {row["event"]["id"]: row["event"]["address"] for row in answer.json["items"]} == {
            world.told[key].event: world.told[key].address if may.sees_words(person, matter) else None
            for key, matter in may.visible(person).items()
        }

    def opened(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        assert {row["event"]["id"] for row in answer.json["items"]} == {
            world.told[key].event
            for key, matter in may.visible(person).items()
            if may.covers_event(person, "events.inspect", matter)
        }

    yield Call("/api/v1/inspections", every, params={"box": "all", "limit": "100"})
    yield Call("/api/v1/inspections", opened, params={"box": "open", "limit": "100"})


def summary(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Rounds of the events one sees, all or in an area."""
    for place in [None, *places(person, kin)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            if place is not None and not reaches(person, "events.read", place):
                assert (answer.status, answer.code) == (403, "outside_scope")
                return
            assert answer.status == 200, answer.code
            wanted = len(due(person, place))
            assert (answer.json["closed"], answer.json["rated"]) == (wanted, wanted)
            assert answer.json["call_backs"]["sampled"] == wanted

        params = {"year": YEAR} | ({} if place is None else {"area": AREAS[place][0]})
        yield Call("/api/v1/ratings", check, params=params)


RULE = {"blower_level": "community", "max_distance_m": 200.0, "worst_accuracy_m": 200.0, "most_returns": 2}
SHARES = {
    "category": None, "self_handled_share": 0.2, "call_back_share": 0.1, "rate_days": 7, "object_days": 15,
    "call_back_days": 3,
}  # fmt: skip


def rules(path: str) -> Calls:
    """The rules, which whoever is logged in may read."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200, answer.code
        assert None in [one["area"] for one in answer.json]

    return plain(path, check)


def written(path: str, body: dict[str, Any]) -> Calls:
    """A rule of an area: written where rules are edited, and nowhere else."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for place in places(person, kin):
            held = may.covers(person, "rules.edit", place)

            def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
                assert (answer.status, "" if held else answer.code) == (
                    (200, "") if held else (403, "outside_scope")
                )

            yield Call(path, check, "PUT", body=body | {"area": AREAS[place][0]})

    return calls


OPERATIONS = {
    "store_whistle_photo": Operation("events.handle", photo, writes=True),
    "read_whistle_photo": Operation("events.read", no_photo),
    "list_whistle_rules": Operation("self", rules("/api/v1/whistles/rules")),
    "put_whistle_rule": Operation(
        "rules.edit", written("/api/v1/whistles/rules", RULE), "areas", writes=True
    ),
    "list_rating_rules": Operation("self", rules("/api/v1/ratings/rules")),
    "put_rating_rule": Operation(
        "rules.edit", written("/api/v1/ratings/rules", SHARES), "areas", writes=True
    ),
    "blow_whistle": Operation("whistle.blow", blow, "areas", writes=True),
    "list_whistles": Operation("events.read", listed),
    "read_whistle": Operation("events.read", one),
    "command_whistle": Operation("events.read", command, writes=True),
    "whistle_scores": Operation("kpi.read", scores),
    "whistle_score_run": Operation("kpi.read", score_run),
    "export_whistle_scores": Operation("kpi.read", score_file),
    "rate_event": Operation("public", by_code("rating", {"score": 5}), "matters", writes=True),
    "object_event": Operation("public", by_code("objection", {"reason": "x"}), "matters", writes=True),
    "review_appeal": Operation("events.approve", review, "matters", writes=True),
    "list_inspections": Operation("events.inspect", tasks),
    "rating_summary": Operation("kpi.read", summary, "areas"),
}
