"""The invented world as plain data: two cities, departments, what happens there, and who works where.

Nothing of the product is used here: the oracle reasons on these tables alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# key: code, level, parent. Keys spell the tree: a1 lies in a, a11 in a1, a111 in a11, a111a in a111.
AREAS = {
    "p": ("23", "province", None),
    "a": ("2301", "city", "p"),
    "a1": ("230101", "district", "a"),
    "a11": ("230101001", "subdistrict", "a1"),
    "a111": ("230101001001", "community", "a11"),
    "a111a": ("230101001001001", "grid", "a111"),
    "a111b": ("230101001001002", "grid", "a111"),
    "a112": ("230101001002", "community", "a11"),
    "a112a": ("230101001002001", "grid", "a112"),
    "a12": ("230101002", "subdistrict", "a1"),
    "a121": ("230101002001", "community", "a12"),
    "a121a": ("230101002001001", "grid", "a121"),
    "a2": ("230102", "district", "a"),
    "a21": ("230102001", "subdistrict", "a2"),
    "a211": ("230102001001", "community", "a21"),
    "a211a": ("230102001001001", "grid", "a211"),
    "a3": ("230103", "district", "a"),
    "a31": ("230103001", "subdistrict", "a3"),
    "a311": ("230103001001", "community", "a31"),
    "a311a": ("230103001001001", "grid", "a311"),
    "b": ("2302", "city", "p"),
    "b1": ("230201", "district", "b"),
    "b11": ("230201001", "subdistrict", "b1"),
    "b111": ("230201001001", "community", "b11"),
    "b111a": ("230201001001001", "grid", "b111"),
}
GRIDS = tuple(key for key, (_, level, _) in AREAS.items() if level == "grid")
FEW = "a112a"  # so few people live here that their number is told to nobody outside
CITY = "a"  # owns what lies outside every grid

# key: parent. d3 is where department people held their role until yesterday.
DEPARTMENTS = {"d0": None, "d1": "d0", "d11": "d1", "d2": "d0", "d3": "d0", "db": None}

LOUD, QUIET = "S0202", "S0104"
"""Categories of two families; the limited roles are bound to the first."""


@dataclass(frozen=True, slots=True)
class Matter:
    """One report and its event: where it happened, and what is special about it."""

    key: str
    place: str
    category: str = LOUD
    confidential: bool = False
    contact: bool = False
    photo: bool = False
    department: str | None = None
    reporter: str | None = None


def _matters() -> dict[str, Matter]:
    made = []
    for place in (*GRIDS, CITY):
        made += [
            Matter(f"{place}.plain", place, contact=True, photo=True),
            Matter(f"{place}.secret", place, contact=True, photo=True, confidential=True),
            Matter(f"{place}.other", place, category=QUIET),
        ]
    for place, department in (
        ("a111a", "d1"), ("a121a", "d11"), ("a211a", "d2"), ("a311a", "d3"), ("a", "d0"), ("b111a", "db"),
    ):  # fmt: skip
        made.append(Matter(f"{place}.sent", place, QUIET, contact=True, photo=True, department=department))
    made += [
        Matter("a111b.hush", "a111b", contact=True, photo=True, confidential=True, department="d1"),
        Matter("a111a.mine", "a111a", contact=True, photo=True, reporter="resident"),
        Matter("b111a.mine", "b111a", contact=True, reporter="resident"),
        Matter("b111a.far", "b111a", QUIET, reporter="grid_worker"),
    ]
    return {matter.key: matter for matter in made}


MATTERS = _matters()


@dataclass(frozen=True, slots=True)
class Held:
    """A role held now in an area or a department, and where it was held until yesterday."""

    role: str
    area: str | None = None
    department: str | None = None
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """An account: what it holds, what it held until yesterday, and what is the matter with it."""

    name: str
    held: tuple[Held, ...] = ()
    ended: tuple[Held, ...] = ()
    home: str = "a111"
    disabled: bool = False
    must_change: bool = False
    token: tuple[str, ...] | None = None
    anonymous: bool = False
    session: str = "open"  # open, idle, aged, ended

    @property
    def has_token(self) -> bool:
        """Whether an access token of theirs is stored: one at home here, and one far above."""
        return self.token is not None or self.name == "leader_province"


# Where the same role was held until yesterday, for every place a role is held in now.
BEFORE = {"a111a": "a211a", "a111": "a211", "a11": "a21", "a1": "a2", "d1": "d3"}


def _one(name: str, role: str, place: str, *, limited: bool = False) -> Person:
    if place in DEPARTMENTS:
        return Person(name, (Held(role, department=place),), (Held(role, department=BEFORE[place]),), "a1")
    before = (Held(role, BEFORE[place], limited=limited),) if place in BEFORE else ()
    return Person(name, (Held(role, place, limited=limited),), before, place)


PEOPLE = {
    person.name: person
    for person in (
        Person("anonymous", anonymous=True),
        Person("nobody"),
        _one("resident", "resident", "a111a"),
        _one("grid_worker", "grid_worker", "a111a"),
        _one("grid_lead", "grid_lead", "a111a"),
        _one("part_time_grid_worker", "part_time_grid_worker", "a111a", limited=True),
        _one("substitute", "substitute", "a111a"),
        _one("community_secretary", "community_secretary", "a111"),
        _one("property_company", "property_company", "a111"),
        _one("acceptor", "acceptor", "a11"),
        _one("acceptor_district", "acceptor", "a1"),
        _one("shift_lead", "shift_lead", "a11"),
        _one("shift_lead_district", "shift_lead", "a1"),
        _one("dispatcher", "dispatcher", "a11"),
        _one("dispatcher_district", "dispatcher", "a1"),
        _one("supervisor", "supervisor", "a11"),
        _one("supervisor_district", "supervisor", "a1"),
        _one("department_inbox", "department_inbox", "d1"),
        _one("department_handler", "department_handler", "d1"),
        _one("mediator", "mediator", "a111", limited=True),
        _one("planner", "planner", "a1"),
        _one("leader", "leader", "a1"),
        _one("leader_province", "leader", "p"),
        _one("auditor", "auditor", "a1"),
        _one("admin", "admin", "a1"),
        # Two roles in two places must not lend each other their places.
        Person("double", (Held("grid_worker", "a111b"), Held("planner", "a2")), (), "a1"),
        # Who reads confidential words where no grid is, and in the tasks of inspection.
        Person("city_hall", (Held("acceptor", "a"), Held("supervisor", "a")), (), "a1"),
        Person("disabled", (Held("acceptor", "a11"),), (), "a11", disabled=True),
        Person("expired", (), (Held("acceptor", "a11"),), "a11"),
        Person("moved", (Held("shift_lead", "a11"),), (Held("shift_lead", "a21"),), "a11"),
        Person("must_change", (Held("shift_lead", "a11"),), (), "a11", must_change=True),
        Person("logged_out", (Held("shift_lead", "a11"),), (), "a11", session="ended"),
        Person("idle", (Held("shift_lead", "a11"),), (), "a11", session="idle"),
        Person("aged", (Held("shift_lead", "a11"),), (), "a11", session="aged"),
        # A token of someone who may much, bounded to little.
        Person("token", (Held("shift_lead", "a11"),), (), "a11", token=("events.read",)),
    )
}


@dataclass(frozen=True, slots=True)
class House:
    """A building and its people; counts are numbers that occur nowhere else."""

    code: str
    grid: str
    counts: dict[str, int] = field(default_factory=dict)


def _houses() -> dict[str, House]:
    made = {}
    for i, grid in enumerate(GRIDS):
        actual = 41011 + 1237 * i
        big = {
            "households": actual // 3 + 7,
            "registered": actual - 911,
            "actual": actual,
            "floating": 911 + i,
        }
        small = {"households": 2, "registered": 3, "actual": 4, "floating": 1}
        if grid != FEW:
            made[f"HB-{grid}"] = House(f"HB-{grid}", grid, big)
        made[f"HS-{grid}"] = House(f"HS-{grid}", grid, small)
    return made


HOUSES = _houses()


def is_within(key: str, root: str) -> bool:
    """Whether an area lies in the subtree of another, by climbing."""
    at: str | None = key
    while at is not None:
        if at == root:
            return True
        at = AREAS[at][2]
    return False


def department_within(key: str, root: str) -> bool:
    """The same among departments."""
    at: str | None = key
    while at is not None:
        if at == root:
            return True
        at = DEPARTMENTS[at]
    return False


def relation(person: Person, place: str) -> str:
    """How an area stands to where somebody works, or lives when they work nowhere."""
    own = next((held.area for held in person.held if held.area), person.home)
    if place == own:
        return "own"
    if is_within(place, own):
        return "child"
    if is_within(own, place):
        return "parent"
    if any(held.area and is_within(place, held.area) for held in person.ended):
        return "moved"
    return "sibling" if place[0] == own[0] else "city"


def relation_of(person: Person, matter: Matter) -> str:
    """The same for an event; for people of a department by the department it was sent to."""
    own = next((held.department for held in person.held if held.department), None)
    if own is None:
        return relation(person, matter.place)
    if matter.department is None:
        return "city" if matter.place[0] == "b" else "sibling"
    return {"d1": "own", "d11": "child", "d0": "parent", "d3": "moved", "db": "city"}.get(
        matter.department, "sibling"
    )


RELATIONS = ("own", "child", "parent", "sibling", "city", "moved")
