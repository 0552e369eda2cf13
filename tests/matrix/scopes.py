"""The scope somebody works in, told by the oracle: the database is asked without the accounts room."""

from __future__ import annotations

from gis.db.scope import Scope
from tests.matrix.expected import PERMISSIONS, grants, is_somebody
from tests.matrix.places import Person
from tests.matrix.world import World

TRACE = "0123456789abcdef0123456789abcdef"


def scope_of_person(world: World, person: Person) -> Scope:
    """What the accounts room should say of somebody."""
    if not is_somebody(person):
        return Scope("anonymous", trace_id=TRACE)
    areas: dict[str, tuple[int, ...]] = {}
    departments: dict[str, tuple[int, ...]] = {}
    limited: list[tuple[str, int, int]] = []
    for permission in PERMISSIONS:
        for held in grants(person, permission):
            if held.department is not None:
                departments[permission] = (
                    *departments.get(permission, ()),
                    world.departments[held.department],
                )
            elif held.limited:
                limited += [(permission, world.areas[held.area or ""], one) for one in world.loud]
            else:
                areas[permission] = (*areas.get(permission, ()), world.areas[held.area or ""])
    return Scope(
        person.name, account_id=world.accounts[person.name], roles=tuple(held.role for held in person.held),
        trace_id=TRACE, areas=areas, departments=departments, limited=tuple(limited),
    )  # fmt: skip
