"""What a file changes, told before it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gis.events.standards.model import Category, CategoryRow, Change, Difference, StandardRow

_COMPARED: Final = (
    "condition_text", "condition_en", "limit", "closure_text", "closure_en", "evidence", "lead_rule", "lead_department",
    "source", "confidence",
)  # fmt: skip
_OF_CATEGORY: Final = ("name_zh", "name_en", "parent", "source", "verified", "valid_to")


def compare_standards(
    new: Iterable[StandardRow],
    old: Iterable[StandardRow],
    known: Mapping[str, Category],
    *,
    against: str | None,
    own: bool,
) -> Difference:
    """The new conditions against those in force.

    `own`: these are of the same city, so a category that is gone goes back to the default. Else they are the default
    behind it, which stays in force for every category the file does not name.
    """
    before = {(one.category, one.condition_no): one for one in old}
    after = {(one.category, one.condition_no): one for one in new}
    named = {category for category, _ in after}
    changes, unchanged = [], 0
    for key in sorted({*before, *after}):
        was, now = before.get(key), after.get(key)
        if now is None and not own and key[0] not in named:
            continue
        differing = _differing(_COMPARED, was, now)
        if was is not None and now is not None and not differing:
            unchanged += 1
            continue
        what = "added" if was is None else "removed" if now is None else "changed"
        about = known.get(key[0])
        names = (about.name_zh, about.name_en) if about else (key[0], None)
        changes.append(Change(what, key[0], key[1], *names, differing))
    return Difference(tuple(changes), unchanged, against)


def compare_categories(new: Iterable[CategoryRow], known: Mapping[str, Category]) -> Difference:
    """The categories of a file against those there are; what it does not name stays as it is."""
    changes, unchanged = [], 0
    for one in new:
        was = known.get(one.key)
        differing = _differing(_OF_CATEGORY, was, one)
        if was is not None and one.valid_from is not None and was.valid_from != one.valid_from:
            differing["valid_from"] = (was.valid_from, one.valid_from)
        if was is not None and one.replaces is not None and was.replaces != one.replaces:
            differing["replaces"] = (was.replaces, one.replaces)
        if was is not None and not differing:
            unchanged += 1
            continue
        what = "added" if was is None else "removed" if one.valid_to and not was.valid_to else "changed"
        changes.append(Change(what, one.key, None, one.name_zh, one.name_en, differing))
    return Difference(tuple(changes), unchanged, None)


def _differing(names: Iterable[str], was: Any, now: Any) -> dict[str, tuple[Any, Any]]:
    pairs = {
        name: (getattr(was, name) if was else None, getattr(now, name) if now else None) for name in names
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
