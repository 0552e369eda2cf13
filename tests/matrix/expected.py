"""The oracle: who may see what, written by hand and apart from the product.

Nothing here reads the product's roles, policies or statements, so that a change of any of them has to be made
here as well, by someone who means it.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.matrix.places import (
    AREAS,
    HOUSES,
    LOUD,
    MATTERS,
    PEOPLE,
    Held,
    House,
    Matter,
    Person,
    department_within,
    is_within,
)

ALLOWS = {
    "resident": "",
    "grid_worker": "events.read contacts.masked people.read events.self_handle events.inspect",
    "grid_lead": "events.read contacts.masked contacts.reveal people.read coverage.read events.self_handle"
    " events.inspect kpi.read",
    "part_time_grid_worker": "events.read events.self_handle",
    "substitute": "events.read contacts.masked people.read events.self_handle events.inspect",
    "community_secretary": "events.read events.confidential contacts.masked contacts.reveal people.read"
    " coverage.read accounts.read events.accept events.dispatch events.handle events.self_handle whistle.blow"
    " kpi.read campaigns.manage",
    "property_company": "events.read",
    "acceptor": "events.read events.confidential contacts.masked contacts.reveal events.accept kpi.read",
    "shift_lead": "events.read events.confidential contacts.masked contacts.reveal people.read"
    " coverage.read events.accept events.dispatch events.approve events.supervise"
    " whistle.blow whistle.approve kpi.read campaigns.manage",
    "dispatcher": "events.read contacts.masked events.dispatch kpi.read",
    "supervisor": "events.read contacts.masked contacts.reveal events.inspect",
    "department_inbox": "events.read contacts.masked events.handle kpi.read",
    "department_handler": "events.read contacts.masked contacts.reveal events.handle",
    "mediator": "events.read contacts.masked contacts.reveal events.handle",
    "planner": "people.read coverage.read coverage.export coverage.plan register.edit",
    "leader": "events.read people.read coverage.read kpi.read",
    "auditor": "accounts.read audit.read metrics.read",
    "admin": "accounts.read accounts.manage metrics.read rules.edit kpi.read",
}
PERMISSIONS = tuple(sorted({word for words in ALLOWS.values() for word in words.split()}))


def is_somebody(person: Person) -> bool:
    """Whether the service knows who asks; otherwise they are anonymous, whatever they send."""
    return not (person.anonymous or person.disabled or person.session != "open")


def grants(person: Person, permission: str) -> tuple[Held, ...]:
    """The roles held now that give a permission; a token gives no more than it names."""
    if not is_somebody(person) or (person.token is not None and permission not in person.token):
        return ()
    return tuple(held for held in person.held if permission in ALLOWS[held.role].split())


def holds(person: Person, permission: str) -> bool:
    """Whether they may do it anywhere."""
    return bool(grants(person, permission))


def covers(person: Person, permission: str, place: str) -> bool:
    """Whether a permission held in an area reaches a place; roles limited to categories reach events only."""
    return any(
        held.area is not None and not held.limited and is_within(place, held.area)
        for held in grants(person, permission)
    )


def covers_event(person: Person, permission: str, matter: Matter) -> bool:
    """Whether a permission reaches an event: by area, by department, or by area and category."""
    for held in grants(person, permission):
        if held.department is not None:
            if matter.department is not None and department_within(matter.department, held.department):
                return True
        elif held.area is not None and is_within(matter.place, held.area):
            bound = held.limited and matter.category != LOUD
            if not bound:
                return True
    return False


def reported(person: Person, matter: Matter) -> bool:
    """Whether they sent it themselves."""
    return is_somebody(person) and matter.reporter == person.name


def sees_event(person: Person, matter: Matter) -> bool:
    """Whether the event exists for them."""
    return covers_event(person, "events.read", matter) or reported(person, matter)


def sees_words(person: Person, matter: Matter) -> bool:
    """Whether they may read what it says: text and address."""
    if not sees_event(person, matter):
        return False
    return not matter.confidential or covers_event(person, "events.confidential", matter)


def sees_photo(person: Person, matter: Matter) -> bool:
    """Whether its stored photo is shown to them."""
    if not matter.photo or not sees_event(person, matter):
        return False
    return not matter.confidential or covers_event(person, "events.confidential", matter)


def _contact(person: Person, matter: Matter, permission: str) -> bool:
    if not matter.contact or not covers_event(person, "events.read", matter):
        return False
    if not covers_event(person, permission, matter):
        return False
    return not matter.confidential or covers_event(person, "events.confidential", matter)


def sees_masked(person: Person, matter: Matter) -> bool:
    """Whether they see that somebody left a contact, masked."""
    return _contact(person, matter, "contacts.masked")


def may_reveal(person: Person, matter: Matter) -> bool:
    """Whether they may be shown the whole contact, on record."""
    return _contact(person, matter, "contacts.reveal")


def visible(person: Person) -> dict[str, Matter]:
    """The events that exist for somebody, by key."""
    return {key: matter for key, matter in MATTERS.items() if sees_event(person, matter)}


def counted(person: Person) -> dict[str, House]:
    """The buildings whose people they may see, exactly."""
    return {code: house for code, house in HOUSES.items() if covers(person, "people.read", house.grid)}


def sees_account(person: Person, other: Person) -> bool:
    """Whether an account exists for them: their own, and those that live in the areas they look after."""
    if other.anonymous or not is_somebody(person):
        return False
    return other.name == person.name or covers(person, "accounts.read", other.home)


def manages_account(person: Person, other: Person) -> bool:
    """Whether they may change an account."""
    return not other.anonymous and covers(person, "accounts.manage", other.home)


def sees_audit(person: Person, place: str | None) -> bool:
    """Whether they read the audit of a place; what has no place is for the auditors of everything."""
    return covers(person, "audit.read", "p" if place is None else place)


def sees_scenario(person: Person, key: str) -> bool:
    """Whether the scenario of a place exists for them: planners there, and whoever made it ("own": double's)."""
    own = is_somebody(person) and person.name == ("double" if key == "own" else "nobody")
    return own or covers(person, "coverage.plan", "b111a" if key == "own" else key)


def people_of(houses: Iterable[House], name: str) -> int:
    """The sum of a count."""
    return sum(house.counts[name] for house in houses)


def within(keys: Iterable[str], root: str) -> list[str]:
    """Those of the places that lie in an area."""
    return [key for key in keys if is_within(key, root)]


STAFF = tuple(person for person in PEOPLE.values() if any(grants(person, one) for one in PERMISSIONS))
ROLES_TRIED = frozenset(held.role for person in PEOPLE.values() for held in person.held)
assert frozenset(ALLOWS) == ROLES_TRIED, "an account for every role"
assert {place for place in AREAS if is_within(place, "p")} == set(AREAS)
