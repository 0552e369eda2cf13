"""The finite space of conditions: a rule as a box of bits, one mask a dimension, and what is left of a box.

Every dimension is cut into the pieces that any rule can tell apart (atoms), so that a box of masks says exactly which
events a rule is for; containment, overlap and gaps are then set arithmetic on whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, Final

from gis.events.dispatch import conditions as holds
from gis.events.dispatch.decide import levels_in, order_of
from gis.events.dispatch.model import ATOMS, COMPONENT, DAY, URGENCIES, Rule

Box = tuple[int, ...]
UNKNOWN: Final = None
OTHER: Final = "…"
"""An answer or an owner that no rule names."""
MOST_STEPS: Final = 200_000


@dataclass(frozen=True, slots=True)
class World:
    """What rules may be about: paths of categories and areas by code (each ends in itself), departments, sources.

    `levels` gives the level of each area; `sites` are the areas that events are in themselves (grids, and what owns
    the rest); `today` is the day from which on rules are looked at; `city` is where the rules are for, when they are
    not for everywhere.
    """

    categories: Mapping[str, tuple[str, ...]]
    areas: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, str]
    departments: Mapping[str, str]
    sources: Sequence[str]
    today: date
    sites: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    names_en: Mapping[str, str] = field(default_factory=dict)
    city: str = ""

    def of_city(self, city: str) -> World:
        """The same for rules of a city: what they have to be for lies in it. Of an area nobody knows, everything."""
        if city not in self.areas:
            return self
        inside = frozenset(one for one in self.sites or self.areas if city in self.areas[one])
        return replace(self, city=city, sites=inside or frozenset([city]))

    def is_inside(self, area: str) -> bool:
        """Whether rules of the city are for an area."""
        return not self.city or self.city in self.areas[area]

    def places(self, area: str) -> dict[str, str]:
        """The codes of an area and those above it, by level."""
        return {self.levels[code]: code for code in self.areas[area] if code in self.levels}


@dataclass(frozen=True, slots=True)
class Part:
    """The events among which a rule has one rank: about components or not, named as closely."""

    rule: Rule
    component: bool
    order: tuple[int, ...]
    box: Box

    def goes_before(self, other: Part) -> bool:
        """Whether this rule is asked before the other one."""
        return self.component is other.component and (self.order, self.rule.code) < (
            other.order,
            other.rule.code,
        )


class TooWide(Exception):
    """The rules cut the space into more pieces than can be looked at."""


class Space:
    """The dimensions that some rules tell apart, with their atoms."""

    def __init__(self, rules: Iterable[Rule], world: World) -> None:
        rules = list(rules)
        self.world = world
        self.places = {code: world.places(code) for code in world.areas}
        self.keys = sorted({key for rule in rules for key, _ in rule.answers})
        self.atoms: dict[str, list[Any]] = {
            "category": list(world.categories),
            "area": list(world.areas),
            "urgency": list(URGENCIES),
            "source": list(world.sources),
            "time": list(ATOMS),
            "weekday": list(range(1, 8)),
            "month": list(range(1, 13)),
            "hours": _cuts(edge for rule in rules for span in rule.hours for edge in span),
            "day": _days(rules, world.today),
            "owner": _owners(rules),
        }
        for key in self.keys:
            named = {
                value for rule in rules for asked, values in rule.answers if asked == key for value in values
            }
            self.atoms[f"answers.{key}"] = [*sorted(named), OTHER]
        self.names = tuple(self.atoms)
        self.full: Box = tuple((1 << len(atoms)) - 1 for atoms in self.atoms.values())

    def box(self, rule: Rule) -> Box:
        """The events the rule is for and can be carried out for."""
        world, asked = self.world, dict(rule.answers)
        needed = levels_in(rule.target)
        tests: dict[str, Callable[[Any], bool]] = {
            "category": lambda one: holds.of_category(rule, world.categories[one]),
            "area": lambda one: (
                holds.of_area(rule, world.areas[one]) and all(level in self.places[one] for level in needed)
            ),
            "urgency": lambda one: not rule.urgencies or one in rule.urgencies,
            "source": lambda one: not rule.sources or one in rule.sources,
            "time": lambda one: holds.of_time(rule, one),
            "weekday": lambda one: not rule.weekdays or one in rule.weekdays,
            "month": lambda one: not rule.months or one in rule.months,
            "hours": lambda one: holds.of_hours(rule, one),
            "day": lambda one: holds.in_force(rule, one),
            "owner": lambda one: (
                holds.of_owner(rule, one) and not (one is UNKNOWN and rule.target.kind == "owner")
            ),
        }
        for key in self.keys:
            tests[f"answers.{key}"] = partial(_answers, asked.get(key))
        return tuple(_mask(atoms, tests[name]) for name, atoms in self.atoms.items())

    def parts(self, rule: Rule) -> list[Part]:
        """The box of a rule, cut by how closely the rule names the category and the area: its rank differs there."""
        box = self.box(rule)
        cut = [
            (kind, place, (box[0] & kinds, box[1] & places, *box[2:]))
            for kind, kinds in self._depths("category", rule.category_depth, self.world.categories)
            for place, places in self._depths("area", rule.area_depth, self.world.areas)
        ]
        return [
            Part(rule, component, order_of(rule, component, kind, place), both)
            for kind, place, piece in cut
            for component in (True, False)
            if (both := meet(piece, self.half(component))) is not None
        ]

    def _depths(
        self, name: str, depth: Callable[[Collection[str]], int], paths: Mapping[str, tuple[str, ...]]
    ) -> Iterable[tuple[int, int]]:
        masks: dict[int, int] = {}
        for at, atom in enumerate(self.atoms[name]):
            found = depth(paths[atom])
            masks[found] = masks.get(found, 0) | 1 << at
        return masks.items()

    def half(self, component: bool) -> Box:
        """The events about components, or all others."""
        kinds = [
            path[1].endswith(f":{COMPONENT}") if len(path) > 1 else False
            for path in self.world.categories.values()
        ]
        mask = sum(1 << at for at, found in enumerate(kinds) if found is component)
        return (mask, *self.full[1:])

    def pick(self, box: Box) -> dict[str, Any]:
        """One event of a box, by its atoms."""
        return {
            name: self.atoms[name][(mask & -mask).bit_length() - 1]
            for name, mask in zip(self.names, box, strict=True)
        }

    def listed(self, box: Box, name: str) -> list[Any]:
        """The atoms of one dimension of a box."""
        mask = box[self.names.index(name)]
        return [atom for at, atom in enumerate(self.atoms[name]) if mask >> at & 1]

    def narrowed(self, box: Box) -> list[str]:
        """The dimensions in which a box is not everything."""
        return [name for name, mask, whole in zip(self.names, box, self.full, strict=True) if mask != whole]


def _answers(values: tuple[str, ...] | None, given: str) -> bool:
    return values is None or given in values


def _mask(atoms: Sequence[Any], test: Callable[[Any], bool]) -> int:
    return sum(1 << at for at, atom in enumerate(atoms) if test(atom))


def _cuts(edges: Iterable[int]) -> list[int]:
    return sorted({0, *(edge % DAY for edge in edges)})


def _days(rules: Iterable[Rule], today: date) -> list[date]:
    edges = {day for rule in rules for day in (rule.valid_from, rule.valid_to) if day is not None}
    return sorted({today, *(day for day in edges if day > today)})


def _owners(rules: Iterable[Rule]) -> list[str | None]:
    named = {one for rule in rules for one in rule.owner} - {"known", "unknown"}
    return [UNKNOWN, *sorted(named), OTHER]


def meet(one: Box, other: Box) -> Box | None:
    """What two boxes have in common; None for nothing."""
    both = tuple(a & b for a, b in zip(one, other, strict=True))
    return both if all(both) else None


def left_of(box: Box, others: Sequence[Box]) -> Iterator[Box]:
    """The disjoint pieces of a box that none of the others covers. Raises TooWide."""
    steps = [0]
    yield from _left(box, others, steps)


def _left(box: Box, others: Sequence[Box], steps: list[int]) -> Iterator[Box]:
    steps[0] += 1
    if steps[0] > MOST_STEPS:
        raise TooWide
    near = [one for one in others if meet(box, one) is not None]
    if not near:
        yield box
        return
    # What covers most of it first: fewer pieces are left.
    first = min(near, key=lambda one: sum(a & ~b != 0 for a, b in zip(box, one, strict=True)))
    rest = [one for one in near if one is not first]
    for at, mask in enumerate(first):
        outside = box[at] & ~mask
        if outside:
            yield from _left((*box[:at], outside, *box[at + 1 :]), rest, steps)
        box = (*box[:at], box[at] & mask, *box[at + 1 :])
