"""Batches, places asked of people, similar events, “me too” and sensors: by the events and areas they are about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from tests.events.reports import report, uuid7
from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Operation
from tests.matrix.ops_events import matters, places, refused, some
from tests.matrix.places import AREAS, GRIDS, MATTERS, Matter, Person
from tests.matrix.world import SCHEME, World, point_of

if TYPE_CHECKING:
    from tests.matrix.insert_cases import Try

PLANT = (
    "INSERT INTO me_too (event_id, who, tracking_code)"
    " SELECT id, sha256(convert_to(id::text, 'UTF8')), 'M' || left(md5(id::text), 20) FROM event",
    "INSERT INTO report_confirmation (report_id, answer) SELECT id, 'no' FROM report",
    "INSERT INTO sensor (code, name, category_id, geom, scope_area_id, text, key_sealed)"
    " SELECT 'SE-' || key, 'x', (SELECT min(id) FROM category), ST_SetSRID(ST_MakePoint(126.6, 45.76), 4326), a.id, 'x', 'x'"
    " FROM unnest(cast(:keys AS text[]), cast(:codes AS text[])) AS made (key, code) JOIN area AS a ON a.code = made.code",
    "INSERT INTO sensor_storm (event_id, sensor_id)"
    " SELECT e.id, s.id FROM event AS e JOIN sensor AS s ON s.scope_area_id = e.scope_area_id",
)
SENSOR = (
    "INSERT INTO sensor (code, name, category_id, geom, scope_area_id, text, key_sealed) VALUES"
    " (left(cast(:id AS text), 40), 'x', :category, ST_SetSRID(ST_MakePoint(1, 1), 4326), :area, 'x', 'x')"
)
ME_TOO = "INSERT INTO me_too (event_id, who, tracking_code) VALUES (cast(:event AS uuid), 'x', 'x')"
ANSWER = "INSERT INTO report_confirmation (report_id, answer) VALUES (cast(:report AS uuid), 'yes')"


def plant(connection: Connection) -> None:
    """A voice and a storm of every event, an answer of every report, a sensor in every area."""
    values = {"keys": list(AREAS), "codes": [code for code, *_ in AREAS.values()]}
    for statement in PLANT:
        connection.execute(text(statement), values if ":keys" in statement else {})


def sensors(person: Person) -> set[str]:
    """Codes of the sensors somebody may see and switch."""
    return {f"SE-{key}" for key in AREAS if may.covers(person, "rules.edit", key)}


def storms(world: World, person: Person) -> set[str]:
    """Events whose storm is seen: those that are seen, and those of a sensor that is."""
    return {
        world.told[key].event
        for key, matter in MATTERS.items()
        if may.sees_event(person, matter) or may.covers(person, "rules.edit", matter.place)
    }


def tries(world: World, person: Person) -> Iterator[Try]:
    """Rows that somebody tries to add."""
    from tests.matrix.insert_cases import Try

    told = world.told["b111a.other"]
    yield Try("a voice past the function", ME_TOO, {"event": told.event}, False)
    yield Try("an answer past the function", ANSWER, {"report": told.report}, False)
    for key in AREAS:
        values = {"id": uuid7(), "category": world.loud[0], "area": world.areas[key]}
        yield Try(f"sensor of {key}", SENSOR, values, may.covers(person, "rules.edit", key))


def batch(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A new report is taken in, one under a foreign id refused without content."""
    for matter in some(person, kin):
        told = world.told[matter.key]
        point = {"type": "Point", "coordinates": list(point_of("a111a"))}
        new = report(category=f"{SCHEME}:S0202", geometry=point, source="other")
        items = [new, report(id=told.report)]

        def check(world: World, person: Person, answer: Answer) -> None:
            assert answer.status == 200
            first, second = answer.json["items"]
            assert (first["status"], second["status"]) == (201, 409)
            assert second["problem"]["code"] == "idempotency_conflict"

        known = frozenset({told.report})
        yield Call("/api/v1/reports/batch", check, "POST", body={"items": items}, known=known)


def confirm(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Without the code only who sent it is told anything; nobody asked about these."""
    for matter in some(person, kin):
        told = world.told[matter.key]
        path, known = f"/api/v1/reports/{told.report}/confirm", frozenset({told.report, told.tracking_code})
        mine = may.reported(person, matter)
        missing, none = refused(404, "no_such_report"), refused(409, "not_asked")
        yield Call(path, none if mine else missing, "POST", body={"answer": "yes"}, known=known)
        headers = {"Tracking-Code": told.tracking_code}
        yield Call(path, none, "POST", body={"answer": "yes"}, headers=headers, known=known)


def similar(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Whole: the events of the place that are seen, with the words that are read. Rough: none, all are of people."""
    for place in places(person, kin):
        if place not in GRIDS:
            continue

        def check(world: World, person: Person, answer: Answer, place: str = place) -> None:
            assert answer.status == 200, answer.code
            staff = may.holds(person, "events.read")
            here = {
                world.told[key].event: key
                for key, matter in MATTERS.items()
                if staff and matter.place == place and may.sees_event(person, matter)
            }
            got = {one["id"]: one for one in answer.json["events"]}
            assert set(got) <= set(here)
            assert len(got) == min(10, len(here))
            for event, one in got.items():
                key = here[event]
                words = may.sees_words(person, MATTERS[key])
                assert one["text"] == (world.told[key].text if words else None), f"words of {key}"
                assert words or all(part["name"] != "text" for part in one["parts"])
            assert answer.json["nearby"] == []

        lon, lat = point_of(place)
        params = {"lon": lon, "lat": lat, "coord_sys": "wgs84", "category": f"{SCHEME}:S0202", "text": "x"}
        yield Call("/api/v1/events/similar", check, params=params)


def me_too(world: World, person: Person, kin: str) -> Iterator[Call]:
    """By its id, of an event that is seen; any other does not exist."""
    for matter in some(person, kin):
        told = world.told[matter.key]

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            if not may.sees_event(person, matter):
                assert (answer.status, answer.code) == (404, "no_such_event")
                return
            assert answer.status == 200, answer.code
            assert set(answer.json) == {"tracking_code", "people", "again"}

        body = {"device": "matrix-device-0123456789"}
        yield Call(
            f"/api/v1/events/{told.event}/me-too", check, "POST", body=body, known=frozenset({told.event})
        )


def unplaced(world: World, person: Person, kin: str) -> Iterator[Call]:
    """What is seen and lies in no grid, with the words they may see."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200
        wanted = {
            told.event: (told.text, told.address) if may.sees_words(person, matter) else (None, None)
            for key, matter in may.visible(person).items()
            if matter.place not in GRIDS
            for told in [world.told[key]]
        }
        assert {one["id"]: (one["text"], one["address"]) for one in answer.json["items"]} == wanted
        assert answer.json["count"] == len(wanted)

    yield Call("/api/v1/events/unplaced", check)


def alarm(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Nobody is a sensor by being logged in."""
    unsigned = refused(401, "bad_signature")
    for code in ("SE-a111a", "nobody"):
        yield Call(f"/api/v1/webhooks/sensors/{code}", unsigned, "POST", body={})


def list_sensors(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Those of the areas whose rules one edits."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200
        seen = {one["code"] for one in answer.json["items"] if one["code"].startswith("SE-")}
        assert seen == sensors(person)
        assert "key" not in answer.text

    yield Call("/api/v1/sensors", check)


def create_sensor(world: World, person: Person, kin: str) -> Iterator[Call]:
    """In a grid whose rules one edits."""
    for place in places(person, kin):
        if place not in GRIDS:
            continue

        def check(world: World, person: Person, answer: Answer, place: str = place) -> None:
            if may.covers(person, "rules.edit", place):
                assert answer.status == 201, answer.code
                assert len(answer.json["key"]) == 64
            else:
                assert (answer.status, answer.code) == (403, "outside_scope")

        body: dict[str, Any] = {
            "code": f"m-{uuid7()}", "name": "x", "category": f"{SCHEME}:S0202", "coord_sys": "wgs84", "text": "x",
            "geometry": {"type": "Point", "coordinates": list(point_of(place))},
        }  # fmt: skip
        yield Call("/api/v1/sensors", check, "POST", body=body)


def update_sensor(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Of an area whose rules one edits; any other does not exist."""
    for place in places(person, kin):

        def check(world: World, person: Person, answer: Answer, place: str = place) -> None:
            if f"SE-{place}" in sensors(person):
                assert answer.status == 204, answer.code
            else:
                assert (answer.status, answer.code) == (404, "no_such_sensor")

        yield Call(f"/api/v1/sensors/SE-{place}", check, "PATCH", body={"snooze_s": 60})


def progress(world: World, person: Person, kin: str) -> Iterator[Call]:
    """How far a photo has come, for whoever knows what it is called; what its copy is called, for nobody."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert answer.status == 200
        assert answer.json == {"offset": 0, "stored": True, "sha256": None}

    for matter in matters(person, kin):
        told = world.told[matter.key]
        if matter.photo:
            yield Call(
                f"/api/v1/attachments/{told.announced}/pieces", check, known=frozenset({told.announced})
            )
    yield Call(f"/api/v1/attachments/{'ab' * 32}/pieces", refused(404, "attachment_not_announced"))


def piece(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A piece of what nobody announced is refused, whoever sends it."""
    headers = {
        "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0", "Upload-Length": "9",
    }  # fmt: skip
    path = f"/api/v1/attachments/{'ab' * 32}/pieces"
    yield Call(path, refused(404, "attachment_not_announced"), "PATCH", headers=headers, content=b"x")


OPERATIONS = {
    "file_batch": Operation("events.read", batch, "matters", writes=True),
    "confirm_report": Operation("public", confirm, "matters"),
    "similar_events": Operation("public", similar, "areas"),
    "say_me_too": Operation("public", me_too, "matters", writes=True),
    "list_unplaced": Operation("events.accept", unplaced),
    "sensor_alarm": Operation("public", alarm),
    "list_sensors": Operation("rules.edit", list_sensors),
    "create_sensor": Operation("rules.edit", create_sensor, "areas", writes=True),
    "update_sensor": Operation("rules.edit", update_sensor, "areas", writes=True),
    "photo_progress": Operation("public", progress, "matters"),
    "store_piece": Operation("public", piece),
}
