"""Siting: planning and the people of the whole area, or it is refused before anything waits."""

from __future__ import annotations

from collections.abc import Iterator

from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Operation
from tests.matrix.ops_events import places
from tests.matrix.places import AREAS, Person
from tests.matrix.world import World

ASKED = {"types": ["party_mass_center"], "metres": 500, "stations": 1}


def sites(world: World, person: Person, kin: str) -> Iterator[Call]:
    """A job of one's own where both permissions reach the whole area; the queue of one account has an end."""
    for place in [None, *places(person, kin)]:
        whole = all(may.covers(person, need, place or "p") for need in ("coverage.plan", "people.read"))

        def check(world: World, person: Person, answer: Answer, whole: bool = whole) -> None:
            if not whole:
                assert (answer.status, answer.code) == (403, "outside_scope")
            elif answer.status != 202:
                assert (answer.status, answer.code) == (429, "too_many_jobs")
            else:
                assert list(answer.json) == ["job"]

        body = ASKED | ({} if place is None else {"area": AREAS[place][0]})
        yield Call("/api/v1/siting", check, "POST", body=body)


OPERATIONS = {"plan_sites": Operation("coverage.plan", sites, "areas", writes=True)}
"""Where the next stations go."""
