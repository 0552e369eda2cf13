"""What dispatch speaks of: rules, the facts of an event, and a decision that tells what it rests on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

TARGETS: Final = ("department", "owner", "worker", "community")
"""Where a rule sends an event: a department by its code, the owner of the component, the grid's worker, the community."""
UNSENT: Final = frozenset({"worker", "community"})
"""Targets that are no department: a person decides, nothing is dispatched there by itself."""
STAGES: Final = ("first", "owner", "territory")
"""A component goes to its owner first and then by its place, a matter by its place first and then to an owner
(部件先属主、后属地；事件先属地、后属主); what is `first` goes before both."""
ATOMS: Final = ("work", "off_hours", "day_off")
"""What a moment is by the calendar: working time, the rest of a working day, a day off."""
TIMES: Final[Mapping[str, frozenset[str]]] = {
    "work": frozenset({"work"}),
    "off": frozenset({"off_hours", "day_off"}),
    "workday": frozenset({"work", "off_hours"}),
    "day_off": frozenset({"day_off"}),
}
"""What a rule may say of the calendar, and the moments it means."""
LEVELS: Final = ("province", "city", "district", "subdistrict", "community", "grid")
OWNERS: Final = ("known", "unknown")
URGENCIES: Final = ("normal", "urgent", "emergency")
DAY: Final = 24 * 60
COMPONENT: Final = "component"


@dataclass(frozen=True, slots=True)
class Target:
    """Where a rule sends an event. `code` of a department may name levels of its place: `D{subdistrict}01`."""

    kind: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """When to send an event where. An empty condition asks nothing; every other one has to hold.

    `categories` are `scheme`, `scheme:kind` or `scheme:kind:code` and mean all below; `areas` are codes and mean all
    below. `hours` are minutes of the day, from and until (not included). `answers` are what was answered at the
    filing: a key, and the values that will do. `owner` holds `known`, `unknown` or codes of departments.
    """

    code: str
    target: Target
    name: str = ""
    categories: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    urgencies: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    time: str = ""
    weekdays: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    hours: tuple[tuple[int, int], ...] = ()
    answers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    owner: tuple[str, ...] = ()
    priority: int = 0
    stage: str = ""
    auto: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""

    @property
    def part(self) -> str:
        """The stage the rule is asked in: its own, or by where it sends to."""
        return self.stage or ("owner" if self.target.kind == "owner" else "territory")

    @property
    def more(self) -> int:
        """How many conditions it has besides category and area."""
        others = (self.urgencies, self.sources, self.time, self.weekdays, self.months, self.hours, self.owner)
        return sum(map(bool, others)) + len(self.answers)

    def category_depth(self, path: Collection[str]) -> int:
        """How closely it names a category, told with all above it: the depth of the deepest of its own on the path."""
        return max((depth_of(one) for one in self.categories if one in path), default=0)

    def area_depth(self, codes: Collection[str]) -> int:
        """How closely it names an area, told with all above it: codes are longer the lower the area."""
        return max((len(one) for one in self.areas if one in codes), default=0)


def depth_of(category: str) -> int:
    """How deep a category lies: 1 a scheme, 2 its kind, more the longer its code."""
    parts = category.split(":")
    return len(parts) if len(parts) < 3 else 2 + len(parts[2])


@dataclass(frozen=True, slots=True)
class Moment:
    """When an event is to be dispatched, as the rules ask for it: local day, minute of the day, ISO weekday."""

    day: date
    minute: int
    weekday: int
    month: int
    kind: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an event. `categories` is the path of its category (scheme, scheme:kind, … itself), `places`
    the codes of the areas it lies in by their levels, `owner` the department that owns or keeps the component.
    """

    categories: tuple[str, ...]
    places: Mapping[str, str]
    moment: Moment
    urgency: str = "normal"
    source: str = "other"
    answers: Mapping[str, str] = field(default_factory=dict)
    owner: str | None = None

    @property
    def is_component(self) -> bool:
        """Whether it is about a thing that has an owner (部件) and not about what goes on (事件)."""
        return len(self.categories) > 1 and self.categories[1].endswith(f":{COMPONENT}")

    def as_dict(self) -> dict[str, Any]:
        """The facts as plain values, for the trace."""
        when = self.moment
        return {
            "category": self.categories[-1] if self.categories else "",
            "places": dict(self.places),
            "day": when.day.isoformat(),
            "minute": when.minute,
            "weekday": when.weekday,
            "time": when.kind,
            "urgency": self.urgency,
            "source": self.source,
            "answers": dict(self.answers),
            "owner": self.owner,
        }


@dataclass(frozen=True, slots=True)
class Lost:
    """A rule for such an event that did not decide, and why: `condition:…`, `stage`, `specific`, `priority`, `code`,
    `owner_unknown`, `place_unknown`.
    """

    rule: str
    why: str
    target: Target


@dataclass(frozen=True, slots=True)
class Decision:
    """Where an event is to go, by which rule, on what facts, and which rules lost; or an alarm and no target.

    `alarm` is `no_rule`, `unknown_department`, `broken_rule` or `no_rule_set`.
    """

    rule: Rule | None
    target: Target | None
    inputs: Mapping[str, Any]
    lost: tuple[Lost, ...] = ()
    alarm: str = ""
    detail: str = ""

    @property
    def auto(self) -> bool:
        """Whether it may be carried out without a person."""
        return self.target is not None and self.rule is not None and self.rule.auto


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of a city (empty: everywhere) in one version."""

    city: str
    version: str
    name_zh: str
    name_en: str
    rules: Sequence[Rule]
    note: str = ""
