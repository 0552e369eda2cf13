"""Reports and events: how each operation is called, and what the oracle expects of its answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from tests.events.reports import report, uuid7
from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Calls, Judge, Operation
from tests.matrix.places import AREAS, MATTERS, Matter, Person, is_within, relation, relation_of
from tests.matrix.world import SCHEME, Told, World, point_of


def step_photo(key: str) -> str:
    """The name of the stored photo that a step on an event shows."""
    return hashlib.sha256(f"step {key}".encode()).hexdigest()


def matters(person: Person, kin: str) -> Iterator[Matter]:
    """The matters in one relation to somebody."""
    return (matter for matter in MATTERS.values() if relation_of(person, matter) == kin)


def some(person: Person, kin: str) -> list[Matter]:
    """A few of them, where the rule is the same for all."""
    found = list(matters(person, kin))
    return found[:: max(1, len(found) // 2)][:2]


def places(person: Person, kin: str, most: int = 2) -> list[str]:
    """Areas in one relation to somebody; a few are enough where the rule is the same for all."""
    found = [key for key in AREAS if relation(person, key) == kin]
    return found[:: max(1, len(found) // most)][:most]


def ids_in(world: World, text: str) -> set[str]:
    """The matters whose event is named in a body."""
    return {key for key, told in world.told.items() if told.event in text}


def due(person: Person, place: str | None) -> set[str]:
    """The matters a list shall show, all or in an area."""
    return {
        key for key, matter in may.visible(person).items() if place is None or is_within(matter.place, place)
    }


def reaches(person: Person, permission: str, place: str) -> bool:
    """Whether an area asked for lies in what somebody looks after, or around it; departments reach everywhere."""
    return any(
        held.area is None or is_within(place, held.area) or is_within(held.area, place)
        for held in may.grants(person, permission)
    )


def in_area(permission: str, place: str | None, inner: Judge) -> Judge:
    """403 `outside_scope` for an area entirely outside; else the inner judgement."""

    def check(world: World, person: Person, answer: Answer) -> None:
        if place is not None and not reaches(person, permission, place):
            assert (answer.status, answer.code) == (403, "outside_scope")
            return
        assert answer.status == 200, answer.code
        inner(world, person, answer)

    return check


def refused(status: int, code: str) -> Judge:
    """A judgement that wants this very refusal."""

    def check(world: World, person: Person, answer: Answer) -> None:
        assert (answer.status, answer.code) == (status, code)

    return check


def listed(path: str) -> Calls:
    """A list of events: everything, and within areas in each relation."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        wide = [None, None] if path.endswith("events") else [None]
        for number, place in enumerate([*wide, *places(person, kin)]):

            def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
                seen = ids_in(world, answer.text)
                assert seen == due(person, place), f"{seen ^ due(person, place)} are too many or missing"
                if path.endswith("events"):
                    _words(world, person, answer)

            params = {} if place is None else {"area": AREAS[place][0]}
            order = {"sort": "due"} if number == 0 and len(wide) > 1 else {}
            yield Call(path, in_area("events.read", place, check), params=params | order)

    return calls


def _words(world: World, person: Person, answer: Answer) -> None:
    by_id = {told.event: key for key, told in world.told.items()}
    for item in answer.json["items"]:
        key = by_id[item["id"]]
        told, open_to = world.told[key], may.sees_words(person, MATTERS[key])
        assert item["text"] == (told.text if open_to else None), f"words of {key}"
        assert item["address"] == (told.address if open_to else None), f"address of {key}"


def summary(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Counts are those of the visible events, under every breakdown."""
    for place in [None, *places(person, kin)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            wanted = due(person, place)
            got = answer.json
            assert (got["total"], got["open"]) == (len(wanted), len(wanted))
            assert sum(row["count"] for row in got["by_category"]) == len(wanted)
            grids = {AREAS[MATTERS[key].place][0] for key in wanted if MATTERS[key].place != "a"}
            assert {row["code"] for row in got["by_area"]} == grids

        params = {"level": "grid"} | ({} if place is None else {"area": AREAS[place][0]})
        yield Call("/api/v1/events/summary", in_area("events.read", place, check), params=params)


def one(world: World, person: Person, kin: str) -> Iterator[Call]:
    """One event: there for whom it exists, with the words and the masked contact they may see."""
    for matter in matters(person, kin):

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            if not may.sees_event(person, matter):
                assert (answer.status, answer.code) == (404, "no_such_event")
                return
            told, got = world.told[matter.key], answer.json
            assert answer.status == 200
            assert got["id"] == told.event
            words = may.sees_words(person, matter)
            assert (got["text"], got["address"]) == ((told.text, told.address) if words else (None, None))
            masked = f"***{told.phone[-4:]}" in answer.text
            assert masked == may.sees_masked(person, matter), "masked contact"
            for sent in got["reports"]:
                if sent["contact"] is not None:
                    assert sent["contact"]["may_reveal"] is may.may_reveal(person, matter)
            photos = [told.stored] if may.sees_photo(person, matter) else []
            assert [name for sent in got["reports"] for name in sent["photos"]] == photos
            steps = [shown["sha256"] for row in got["log"] for shown in row["photos"]]
            assert steps == ([step_photo(matter.key)] if photos else [])

        yield Call(f"/api/v1/events/{world.told[matter.key].event}", check)


def photo(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The file itself."""
    for matter in matters(person, kin):
        if not matter.photo:
            continue

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            if may.sees_photo(person, matter):
                assert answer.status == 200
                assert answer.content.endswith(matter.key.encode())
            else:
                assert (answer.status, answer.code) == (404, "no_such_attachment")
                assert matter.key.encode() not in answer.content

        yield Call(f"/api/v1/attachments/{world.told[matter.key].stored}", check)
        yield Call(f"/api/v1/attachments/{step_photo(matter.key)}", check)


def reveal(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The whole contact, for those who may; what is not visible does not exist."""
    for matter in matters(person, kin):
        told = world.told[matter.key]

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            told = world.told[matter.key]
            if may.may_reveal(person, matter):
                assert answer.status == 200
                assert (answer.json["name"], answer.json["phone"]) == (told.name, told.phone)
                return
            assert answer.status in ({403, 404} if may.sees_event(person, matter) else {404})

        known = frozenset({told.name, told.phone} if may.may_reveal(person, matter) else ())
        yield Call(
            f"/api/v1/reports/{told.report}/contact", check, "POST",
            body={"reason": "核实现场情况"}, known=known,
        )  # fmt: skip


def tracked(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Whoever has the tracking code learns where the report stands, and nothing it says."""
    for matter in some(person, kin):
        told = world.told[matter.key]

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            assert answer.status == 200
            told = world.told[matter.key]
            assert told.number in answer.text
            assert [one["sha256"] for one in answer.json["photos"]] == _by_code(matter, told)

        known = frozenset({told.tracking_code, told.number, told.event, told.report, *_by_code(matter, told)})
        yield Call(f"/api/v1/track/{told.tracking_code}", check, known=known)


def _by_code(matter: Matter, told: Told) -> list[str]:
    """The photos its own tracking code shows."""
    return [told.stored] if matter.photo and not matter.confidential else []


def tracked_photo(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Of a confidential report none, of any other its own, and what a step shows not before the matter is closed."""
    for matter in some(person, kin):
        told = world.told[matter.key]

        def check(world: World, person: Person, answer: Answer, matter: Matter = matter) -> None:
            if _by_code(matter, world.told[matter.key]):
                assert answer.content.endswith(matter.key.encode())
            else:
                assert (answer.status, answer.code) == (404, "no_such_attachment")

        path = f"/api/v1/track/{told.tracking_code}/photos"
        known = frozenset({told.tracking_code})
        yield Call(f"{path}/{told.stored}", check, known=known)
        yield Call(f"{path}/{step_photo(matter.key)}", refused(404, "no_such_attachment"), known=known)


def receipt(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The receipt: with its own code for everybody, with none or another's for nobody."""
    keys = list(MATTERS)
    for matter in some(person, kin):
        told = world.told[matter.key]
        other = world.told[keys[keys.index(matter.key) - 1]]

        def check(world: World, person: Person, answer: Answer, event: str = told.event) -> None:
            assert answer.status == 200
            assert answer.json["event"] == event

        known = frozenset({told.tracking_code, told.number, told.event, told.report})
        path = f"/api/v1/reports/{told.report}"
        yield Call(path, check, headers={"Tracking-Code": told.tracking_code}, known=known)
        if not may.reported(person, matter):
            missing = refused(404, "no_such_report")
            yield Call(path, missing, known=frozenset({told.report}))
            yield Call(
                path, missing, headers={"Tracking-Code": other.tracking_code}, known=frozenset({told.report})
            )


def my_reports(world: World, person: Person, kin: str) -> Iterator[Call]:
    """One's own reports, wherever they were sent from; nobody else's."""

    def check(world: World, person: Person, answer: Answer) -> None:
        mine = {key for key, matter in MATTERS.items() if may.reported(person, matter)}
        assert answer.status == 200
        assert {key for key, told in world.told.items() if told.report in answer.text} == mine

    yield Call("/api/v1/reports", check)


def file(world: World, person: Person, kin: str) -> Iterator[Call]:
    """Everybody may report everywhere, and is told where it went."""
    for place in places(person, kin, most=1):
        if AREAS[place][1] not in {"grid", "city"} or place == "b":
            continue

        def check(world: World, person: Person, answer: Answer, place: str = place) -> None:
            assert answer.status == 201, answer.code
            assert answer.json["scope"]["code"] == AREAS[place][0]

        point = {"type": "Point", "coordinates": list(point_of(place))}
        body = report(category=f"{SCHEME}:S0202", geometry=point, source="other")
        yield Call("/api/v1/reports", check, "POST", body=body)


def foreign_id(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A taken id is a conflict without content, whoever has it."""
    yield from file(world, person, kin)
    for matter in some(person, kin):
        body = report(id=world.told[matter.key].report)
        known = frozenset({world.told[matter.key].report})
        yield Call("/api/v1/reports", refused(409, "idempotency_conflict"), "POST", body=body, known=known)


def put_photo(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A photo nobody announced is refused, whoever sends it."""
    yield Call(
        f"/api/v1/attachments/{'ab' * 32}", refused(404, "attachment_not_announced"), "PUT",
        headers={"Content-Type": "image/jpeg"}, content=b"\xff\xd8\xff" + json.dumps(uuid7()).encode(),
    )  # fmt: skip


OPERATIONS = {
    "list_events": Operation("events.read", listed("/api/v1/events"), "areas"),
    "event_features": Operation("events.read", listed("/api/v1/events.geojson"), "areas"),
    "event_summary": Operation("events.read", summary, "areas"),
    "read_event": Operation("events.read", one, "matters"),
    "read_photo": Operation("events.read", photo, "matters"),
    "reveal_contact": Operation("contacts.reveal", reveal, "matters"),
    "track": Operation("public", tracked, "matters"),
    "track_photo": Operation("public", tracked_photo, "matters"),
    "read_report": Operation("public", receipt, "matters"),
    "list_my_reports": Operation("self", my_reports, session_only=True),
    "file_report": Operation("public", foreign_id, "matters", writes=True),
    "store_photo": Operation("public", put_photo),
}
