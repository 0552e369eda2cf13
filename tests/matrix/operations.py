"""All operations, and the cases made of them: operation × person × relation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.matrix import (
    ops_accounts,
    ops_areas,
    ops_calendars,
    ops_commands,
    ops_coverage_lists,
    ops_deficits,
    ops_dispatch,
    ops_duplicates,
    ops_events,
    ops_jobs,
    ops_kpi,
    ops_notices,
    ops_pages,
    ops_planning,
    ops_siting,
    ops_standards,
    ops_whistles,
)
from tests.matrix.harness import Edge, Operation, judge
from tests.matrix.places import AREAS, MATTERS, PEOPLE, RELATIONS, Person, relation, relation_of

OPERATIONS: dict[str, Operation] = {
    **ops_events.OPERATIONS, **ops_areas.OPERATIONS, **ops_accounts.OPERATIONS, **ops_pages.OPERATIONS,
    **ops_coverage_lists.OPERATIONS, **ops_deficits.OPERATIONS, **ops_dispatch.OPERATIONS, **ops_jobs.OPERATIONS,
    **ops_notices.OPERATIONS,
    **ops_planning.OPERATIONS, **ops_calendars.OPERATIONS, **ops_commands.OPERATIONS,
    **ops_whistles.OPERATIONS, **ops_duplicates.OPERATIONS,
    **ops_kpi.OPERATIONS,
    **ops_siting.OPERATIONS, **ops_standards.OPERATIONS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One operation as one person on objects in one relation to them."""

    operation: str
    person: str
    kin: str

    def __str__(self) -> str:
        return f"{self.operation}-{self.person}-{self.kin}"


def _kins(person: Person, targets: str) -> list[str]:
    if targets == "none":
        return ["any"]
    if targets == "areas":
        found = {relation(person, place) for place in AREAS}
    else:
        found = {relation_of(person, matter) for matter in MATTERS.values()}
    return [kin for kin in RELATIONS if kin in found]


def cases() -> Iterator[Case]:
    """Every case there is."""
    for name, operation in OPERATIONS.items():
        for person in PEOPLE.values():
            for kin in _kins(person, operation.targets):
                yield Case(name, person.name, kin)


def reading() -> list[Case]:
    """Cases that change nothing, but for `walking`."""
    return [one for one in cases() if not OPERATIONS[one.operation].writes and not _walks(one)]


def walking() -> list[Case]:
    """Cases about walks, which are computed."""
    return [one for one in cases() if _walks(one)]


def writing() -> list[Case]:
    """Cases that may change something."""
    return [one for one in cases() if OPERATIONS[one.operation].writes]


def _walks(case: Case) -> bool:
    walks = case.operation.startswith("coverage_") or case.operation in {"list_circles", "compare_scenario"}
    return walks and not OPERATIONS[case.operation].writes


def run(edge: Edge, case: Case) -> int:
    """Ask everything the case asks; how many requests it were. Raises AssertionError."""
    operation, person = OPERATIONS[case.operation], PEOPLE[case.person]
    count = 0
    for call in operation.calls(edge.world, person, case.kin):
        judge(edge, operation, person, call)
        count += 1
    return count
