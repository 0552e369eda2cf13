"""Rules as data: everybody reads them; who sets them does so for the areas held, and no further."""

from __future__ import annotations

from collections.abc import Iterator

from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Calls, Operation
from tests.matrix.ops_areas import fine, plain
from tests.matrix.ops_events import places, refused
from tests.matrix.places import AREAS, Person
from tests.matrix.world import World

CSV = {"Content-Type": "text/csv"}
STANDARD = "category,condition,limit,closure\ngbt47678.5-2026:matter:06010,甲,1天,乙\n".encode()
CATEGORY = "scheme,kind,code,name_zh\nmatrix,matter,A1,甲\n".encode()
OUTSIDE = refused(403, "rules_outside_scope")


def imported(path: str, content: bytes, **asked: str) -> Calls:
    """A file tried for the areas of each relation: taken where rules.edit is held, else nowhere; never for all."""

    def calls(world: World, person: Person, kin: str) -> Iterator[Call]:
        for place in [None, *places(person, kin)]:
            held = may.covers(person, "rules.edit", place or "p")

            def check(world: World, person: Person, answer: Answer, held: bool = held) -> None:
                assert (answer.status, answer.code) == ((200, "") if held else (403, "rules_outside_scope"))

            city = "" if place is None else AREAS[place][0]
            params = {"city": city, "dry_run": "true", **asked}
            yield Call(path, check, "POST", params=params, headers=CSV, content=content)

    return calls


def retired(world: World, person: Person, kin: str) -> Iterator[Call]:
    """What all have is changed by whoever sets rules everywhere; asked for what is so already, nothing changes."""
    path = "/api/v1/categories/gov-s:request:S0202"
    yield Call(
        path, fine if may.covers(person, "rules.edit", "p") else OUTSIDE, "PATCH", body={"in_force": True}
    )


OPERATIONS = {
    "list_rule_changes": Operation("rules.edit", plain("/api/v1/rule-changes", kind="calendar")),
    "list_categories": Operation("public", plain("/api/v1/categories", state="all")),
    "map_category": Operation(
        "public", plain("/api/v1/categories/map", edition="gbt30428.2-2013", kind="event", code="0110")
    ),
    "list_standards": Operation("public", plain("/api/v1/standards")),
    "list_standard_sets": Operation("public", plain("/api/v1/standard-sets")),
    "import_categories": Operation(
        "rules.edit", imported("/api/v1/categories/import", CATEGORY), "areas", writes=True
    ),
    "change_category": Operation("rules.edit", retired, "areas", writes=True),
    "import_standards": Operation(
        "rules.edit", imported("/api/v1/standard-sets", STANDARD, version="matrix"), "areas", writes=True
    ),
}
