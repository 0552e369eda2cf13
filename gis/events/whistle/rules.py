"""The rules of whistles as a city writes them: who blows, how near, how long; each change on record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from gis.accounts.audit import record
from gis.base.errors import Forbidden, Invalid, WanggeError
from gis.base.limits import Limit
from gis.db.engine import unit_of_work
from gis.db.sql import load

PACKAGE = "gis.events.whistle"
REFUSED: dict[str, tuple[type[WanggeError], str, str, str]] = {
    "unknown_area": (Invalid, "没有这个区域", "There is no such area", "area"),
    "unknown_category": (Invalid, "没有此事项类别", "There is no such category", "category"),
    "outside_scope": (Forbidden, "您无权为该区域制定规则", "You may not make rules for this area", "area"),
}


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule of an area (None: of everywhere). Stages without a limit keep that of the rule above."""

    area: str | None
    blower_level: str
    max_distance_m: float
    worst_accuracy_m: float
    most_returns: int
    limits: Mapping[str, Limit] = field(default_factory=dict)


def list_rules(engine: Engine) -> str:
    """All rules as JSON text."""
    with unit_of_work(engine) as session:
        return str(session.execute(load(PACKAGE, "rules")).scalar_one())


def put_rule(engine: Engine, rule: NewRule) -> None:
    """Write the rule of an area, on record (`whistle.rule`); Invalid `unknown_area`, Forbidden `outside_scope`."""
    given: dict[str, Any] = {
        "blower_level": rule.blower_level,
        "max_distance_m": rule.max_distance_m,
        "worst_accuracy_m": rule.worst_accuracy_m,
        "most_returns": rule.most_returns,
        "limits": {stage: {"kind": one.kind, "value": one.value} for stage, one in rule.limits.items()},
    }
    with unit_of_work(engine) as session:
        values = {"area": rule.area, "given": json.dumps(given)}
        told = dict(session.execute(load(PACKAGE, "put_rule"), values).scalar_one())
        refuse(told)
        record(session, "whistle.rule", "whistle_rule", rule.area or "*", area_id=told["area"], details=given)


def refuse(told: Mapping[str, Any]) -> None:
    """Raise what the database refused of a rule."""
    if "refused" in told:
        kind, zh, en, name = REFUSED[told["refused"]]
        raise kind(told["refused"], zh, en, field=name)
