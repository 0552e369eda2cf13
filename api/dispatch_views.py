"""Rule sets, lists and alarms as JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from gis.events.dispatch.lists import Imported
from gis.events.dispatch.service import Whole


def plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with days and moments as texts."""
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value
        for name, value in row.items()
    }


def rule_set_view(whole: Whole) -> dict[str, Any]:
    """A rule set with its rules in words and what is wrong with them."""
    findings = [one.as_dict() for one in whole.findings]
    return {**plain(whole.head), "said": whole.rules, "findings": findings}


def alarm_view(row: Mapping[str, Any]) -> dict[str, Any]:
    """An alarm."""
    told = plain(row)
    event = told.pop("event_id")
    told.pop("area_id")
    return {**told, "event": None if event is None else str(event)}


def import_view(done: Imported) -> dict[str, Any]:
    """What a file of a list holds."""
    return {"kept": done.kept, "count": len(done.items), "items": done.items}
