"""The rules of inspection and rating as a city writes them: shares and days; each change on record."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy import Engine

from gis.accounts.audit import record
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.events.whistle.rules import refuse

PACKAGE = "gis.events.rating"


@dataclass(frozen=True, slots=True)
class NewRule:
    """What counts in an area and a family of matters (None: everywhere, all); a share of None: the desk decides."""

    area: str | None
    category: str | None
    self_handled_share: float | None
    call_back_share: float
    rate_days: int
    object_days: int
    call_back_days: int


def list_rules(engine: Engine) -> str:
    """All rules as JSON text."""
    with unit_of_work(engine) as session:
        return str(session.execute(load(PACKAGE, "rules")).scalar_one())


def put_rule(engine: Engine, rule: NewRule) -> None:
    """Write a rule, on record (`rating.rule`).

    Raises Invalid (`unknown_area`, `unknown_category`), Forbidden (`outside_scope`).
    """
    given = {name: value for name, value in asdict(rule).items() if name not in {"area", "category"}}
    with unit_of_work(engine) as session:
        values = {"area": rule.area, "category": rule.category, "given": json.dumps(given)}
        told = dict(session.execute(load(PACKAGE, "put_rule"), values).scalar_one())
        refuse(told)
        name = f"{rule.area or '*'}/{rule.category or '*'}"
        record(session, "rating.rule", "rating_rule", name, area_id=told["area"], details=given)
