"""What this room speaks of: standards and their sets, categories with what they were, files and what they change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from gis.base.limits import Limit


@dataclass(frozen=True, slots=True)
class StandardRow:
    """One condition of a file or of a set, without its number; `category` is `scheme:kind:code`."""

    category: str
    condition_no: int
    condition_text: str
    limit_kind: str
    limit_value: float
    closure_text: str
    condition_en: str | None = None
    closure_en: str | None = None
    evidence: tuple[str, ...] = ()
    lead_rule: str = "territory"
    lead_department: str | None = None
    source: str = ""
    confidence: str = "defined"

    @property
    def limit(self) -> Limit:
        """How long there is."""
        return Limit(self.limit_kind, self.limit_value)


@dataclass(frozen=True, slots=True)
class Standard(StandardRow):
    """A condition as stored: its number, the city and version of its set, the names of its category."""

    id: int = 0
    set_id: int = 0
    city: str = ""
    version: str = ""
    category_id: int = 0
    category_zh: str = ""
    category_en: str | None = None
    family_zh: str | None = None
    family_en: str | None = None


@dataclass(frozen=True, slots=True)
class SetFacts:
    """A set about to be stored; `valid_from` is today when nobody says."""

    city: str
    version: str
    name_zh: str = ""
    name_en: str | None = None
    source: str = ""
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """An act on rules, as the audit has it: `object` is what was changed, `details` say which version."""

    at: datetime
    actor: str
    action: str
    object: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Merge:
    """That a file is not a whole: what it does not name stays as it is in force, but for what is named in `without`.

    Of standards a category is named with all its conditions, of lists an item by its code.
    """

    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StandardSet:
    """A set as stored. `in_force` today; `categories` and `standards` count what is in it."""

    id: int
    city: str
    city_name: str | None
    version: str
    name_zh: str
    name_en: str | None
    source: str
    valid_from: date
    valid_to: date | None
    imported_at: datetime
    in_force: bool
    categories: int
    standards: int


@dataclass(frozen=True, slots=True)
class Version:
    """What a category was until `until`."""

    version: int
    name_zh: str
    name_en: str | None
    source: str | None
    verified: bool
    until: datetime


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category of a file, or as stored; keys are `scheme:kind:code`, `parent` a code of the same scheme and kind."""

    scheme: str
    kind: str
    code: str
    name_zh: str
    name_en: str | None = None
    parent: str | None = None
    source: str = ""
    verified: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    replaces: str | None = None

    @property
    def key(self) -> str:
        """`scheme:kind:code`."""
        return f"{self.scheme}:{self.kind}:{self.code}"


@dataclass(frozen=True, slots=True)
class Category(CategoryRow):
    """A category as stored."""

    id: int = 0
    city: str = ""
    version: int = 1
    in_force: bool = True
    history: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: `what` is added, changed or removed; `fields` from what to what."""

    what: str
    key: str
    condition_no: int | None
    name_zh: str
    name_en: str | None
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file changes against what is in force; `against` names that, none where there was nothing."""

    changes: tuple[Change, ...]
    unchanged: int
    against: str | None

    def count(self, what: str) -> int:
        """How many changes of one kind."""
        return sum(one.what == what for one in self.changes)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        return {what: self.count(what) for what in ("added", "changed", "removed")} | {
            "unchanged": self.unchanged
        }


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: `id` is the set made, none of a dry run and of categories."""

    rows: int
    difference: Difference
    dry_run: bool
    id: int | None = None
