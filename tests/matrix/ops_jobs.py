"""Jobs: one's own, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Iterator

from tests.matrix.harness import Answer, Call, Calls, Judge, Operation
from tests.matrix.ops_areas import plain
from tests.matrix.ops_events import places, reaches, refused
from tests.matrix.places import AREAS, Person
from tests.matrix.world import World


def only_mine(world: World, person: Person, answer: Answer) -> None:
    """The list holds the one job of whoever asks."""
    assert answer.status == 200, answer.code
    assert [(one["id"], one["result"]) for one in answer.json["items"]] == [
        (world.jobs[person.name], {"of": person.name})
    ]


def mine(world: World, person: Person, answer: Answer) -> None:
    """One's own job, and what came out."""
    assert answer.status == 200, answer.code
    assert (answer.json["id"], answer.json["result"]) == (world.jobs[person.name], {"of": person.name})


def my_file(world: World, person: Person, answer: Answer) -> None:
    """The file of one's own job."""
    assert answer.status == 200, answer.code
    assert answer.text == person.name


def own_and_foreign(judge: Judge, method: str = "GET", rest: str = "") -> Calls:
    """One's own job, and others': there is no such job."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for name, job in world.jobs.items():
            if name in {person.name, "nobody", "admin", "leader_province"}:
                yield Call(
                    f"/api/v1/jobs/{job}{rest}",
                    judge if name == person.name else refused(404, "no_such_job"),
                    method,
                )

    return calls


def ask_report(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A report is asked for where one plans; nobody's queue is filled by it."""
    for place in [None, *places(person, kin, most=1)]:

        def check(world: World, person: Person, answer: Answer, place: str | None = place) -> None:
            world.clear_queue()
            if place is not None and not reaches(person, "coverage.export", place):
                assert (answer.status, answer.code) == (403, "outside_scope")
                return
            assert answer.status == 202, answer.code

        body = {"types": ["party_mass_center"], "minutes": 15, "area": AREAS[place][0] if place else None}
        yield Call("/api/v1/coverage/report", check, "POST", body=body)


OPERATIONS = {
    "coverage_report": Operation("coverage.plan", ask_report, "areas", writes=True),
    "list_jobs": Operation("self", plain("/api/v1/jobs", only_mine)),
    "read_job": Operation("self", own_and_foreign(mine)),
    "read_job_file": Operation("self", own_and_foreign(my_file, rest="/file")),
    "cancel_job": Operation("self", own_and_foreign(mine, "DELETE"), writes=True),
}
