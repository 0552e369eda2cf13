"""Categories, standards and what imports change, as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from fastapi.encoders import jsonable_encoder

from gis.base.limits import Limit
from gis.events.standards.model import Category, Imported, Standard, StandardSet

MOST_CHANGES: Final = 500


def category_tree(found: Iterable[Category], *, with_history: bool) -> list[dict[str, Any]]:
    """Families with what is in them, in the order given; what has no family there stands alone."""
    families: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in found:
        item = _category(one) | ({"history": _history(one)} if with_history else {}) | {"children": []}
        above = None if one.parent is None else families.get((one.scheme, one.kind, one.parent))
        if above is None:
            families[one.scheme, one.kind, one.code] = item
        else:
            above["children"].append(item)
    made: list[dict[str, Any]] = jsonable_encoder(list(families.values()))
    return made


def category_view(one: Category) -> dict[str, Any]:
    """One category with its history."""
    made: dict[str, Any] = jsonable_encoder(_category(one) | {"history": _history(one)})
    return made


def _category(one: Category) -> dict[str, Any]:
    return {
        "key": one.key,
        "scheme": one.scheme,
        "kind": one.kind,
        "code": one.code,
        "zh": one.name_zh,
        "en": one.name_en,
        "source": one.source,
        "verified": one.verified,
        "city": one.city,
        "version": one.version,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "in_force": one.in_force,
        "replaces": one.replaces,
    }


def _history(one: Category) -> list[dict[str, Any]]:
    return [
        {
            "version": old.version,
            "zh": old.name_zh,
            "en": old.name_en,
            "source": old.source,
            "verified": old.verified,
            "until": old.until,
        }
        for old in one.history
    ]


def standard_view(one: Standard) -> dict[str, Any]:
    """One condition."""
    return {
        "id": one.id,
        "set": one.set_id,
        "city": one.city,
        "version": one.version,
        "category": one.category,
        "category_zh": one.category_zh,
        "category_en": one.category_en,
        "family_zh": one.family_zh,
        "family_en": one.family_en,
        "condition_no": one.condition_no,
        "condition": one.condition_text,
        "condition_en": one.condition_en,
        "limit": _limit(one.limit),
        "closure": one.closure_text,
        "closure_en": one.closure_en,
        "evidence": list(one.evidence),
        "lead": one.lead_rule,
        "lead_department": one.lead_department,
        "source": one.source,
        "confidence": one.confidence,
    }


def sets_view(found: Iterable[StandardSet]) -> dict[str, Any]:
    """Sets as a list."""
    made: dict[str, Any] = jsonable_encoder({"items": list(found)})
    return made


def _told(value: Any) -> Any:
    """A value of a difference; a limit in its numbers and in words."""
    return _limit(value) if isinstance(value, Limit) else value


def _limit(limit: Limit) -> dict[str, Any]:
    return {"kind": limit.kind, "value": limit.value, "zh": limit.zh(), "en": limit.en()}


def import_view(done: Imported) -> dict[str, Any]:
    """What a file changed, or would."""
    difference = done.difference
    shown = difference.changes[:MOST_CHANGES]
    made: dict[str, Any] = jsonable_encoder(
        {
            "id": done.id,
            "rows": done.rows,
            "dry_run": done.dry_run,
            "against": difference.against,
            "counts": difference.counts,
            "changes": [
                {
                    "what": one.what,
                    "key": one.key,
                    "condition_no": one.condition_no,
                    "zh": one.name_zh,
                    "en": one.name_en,
                    "fields": {name: [_told(value) for value in pair] for name, pair in one.fields.items()},
                }
                for one in shown
            ],
            "more": len(difference.changes) - len(shown),
        }
    )
    return made
