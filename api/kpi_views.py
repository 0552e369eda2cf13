"""Indicators, places and workload as JSON: no number without what it is made of, no rate over nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gis.events.kpi import words
from gis.events.kpi.comparing import WHISTLE_RATES, Ranking, Workload
from gis.events.kpi.rates import FiveParts, Rate
from gis.events.kpi.service import Indicators, Line
from gis.events.kpi.store import Named
from gis.events.kpi.words import Words

ATTRIBUTION = {
    "flow": words.BY_OPENING,
    "stages": words.BY_DEADLINE,
    "voices": words.BY_ANSWER,
}


def indicators_view(found: Indicators) -> dict[str, Any]:
    """The whole answer: the area asked for as `total`, then what it is told apart by."""
    return {
        "area": found.area,
        "period": _period(found),
        "as_of": found.as_of.isoformat(),
        "by": found.by,
        "attribution": {key: {"zh": one.zh, "en": one.en} for key, one in ATTRIBUTION.items()},
        "words": {
            "flow": _words(words.FLOW),
            "stages": _words(words.STAGES),
            "parts": _words(words.PARTS),
            "rates": _words(words.RATES),
            "voices": _words(words.VOICES),
        },
        "total": _line(found.total),
        "lines": [_line(one) for one in found.lines],
    }


def _period(found: Indicators | Ranking | Workload) -> dict[str, str]:
    return {"from": found.first.isoformat(), "to": found.last.isoformat()}


def _words(known: Mapping[str, Words]) -> dict[str, dict[str, str]]:
    return {
        name: {"zh": one.zh, "en": one.en, "of_zh": one.of_zh, "of_en": one.of_en}
        for name, one in known.items()
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        **_named(Named(0, line.code, line.name, line.name_en)),
        "flow": dict(line.flow),
        "rates": {name: rate_view(rate) for name, rate in line.rates.items()},
        "stages": {name: _five(five) for name, five in line.stages.items()},
        "voices": {name: rate_view(rate) for name, rate in line.voices.items()},
    }


def _named(one: Named) -> dict[str, str]:
    return {"code": one.code, "name": one.name, "name_en": one.name_en}


def rate_view(rate: Rate) -> dict[str, Any]:
    """A rate with its base; `value` is null where the base is empty."""
    value = rate.value
    return {
        "numerator": rate.numerator,
        "denominator": rate.denominator,
        "excluded": rate.excluded,
        "value": None if value is None else round(value, 6),
    }


def _five(five: FiveParts) -> dict[str, Any]:
    return {
        "due": five.due,
        "done": five.done,
        "in_time": five.in_time,
        "late": five.late,
        "running": five.running,
        "late_done": five.late_done,
        "overdue": five.overdue,
        "exempt": five.exempt,
        "done_rate": rate_view(five.done_rate()),
        "in_time_rate": rate_view(five.in_time_rate()),
    }


def ranking_view(found: Ranking) -> dict[str, Any]:
    """Places; who has none says why."""
    return {
        "area": found.area,
        "period": _period(found),
        "as_of": found.as_of.isoformat(),
        "stage": found.stage,
        "by": found.by,
        "least": found.least,
        "places": [
            {
                **_named(named),
                "rank": place.rank,
                "unranked": place.why,
                "n": place.took.n,
                "open": place.took.still_open,
                "median_s": place.took.median_s,
                "longest_s": place.took.longest_s,
            }
            for named, place in found.places
        ],
    }


def workload_view(found: Workload) -> dict[str, Any]:
    """Cases by area and household, and how evenly they are spread."""
    return {
        "area": found.area,
        "level": found.level,
        "period": _period(found),
        "as_of": found.as_of.isoformat(),
        "gini_cases": found.gini_cases,
        "gini_per_household": found.gini_per_household,
        "lines": [
            {
                **_named(one.area),
                "cases": one.cases,
                "households": one.households,
                "per_1000_households": None if one.per_1000 is None else round(one.per_1000, 3),
            }
            for one in found.loads
        ],
    }


def whistles_view(found: dict[str, Any]) -> dict[str, Any]:
    """Whistles of an area with their three rates."""
    return {
        **found,
        "as_of": found["as_of"].isoformat(),
        **{name: rate_view(found[name]) for name in WHISTLE_RATES},
        "attribution": {"zh": words.BY_WHISTLE.zh, "en": words.BY_WHISTLE.en},
        "words": _words(words.WHISTLES),
    }
