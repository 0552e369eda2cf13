"""Rule sets put into force in a test's database, as the owner of the tables does it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Engine, text

from gis.events.dispatch.model import RuleSet
from gis.events.dispatch.reading import read_rules

HAZARD, HAZARDS = "gov-s:request:S0202", "gov-s:request:S02"


def rule(code: str, to: str = "crew", **more: Any) -> dict[str, Any]:
    """A rule that sends to a department."""
    return {"code": code, "to": "department", "department": to} | more


def rule_set(*rules: dict[str, Any], city: str = "", version: str = "1") -> RuleSet:
    """A set of rules as written."""
    read, problems = read_rules(rules)
    assert not problems, problems
    return RuleSet(city, version, "规则", "rules", tuple(read))


def in_force(engine: Engine, *rules: dict[str, Any], city: str = "") -> int:
    """Put these rules into force past every check, as somebody at the tables could; the id of the set."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE dispatch_rule_set SET state = 'retired' WHERE city = :city"), {"city": city}
        )
        number = connection.execute(
            text(
                "INSERT INTO dispatch_rule_set (city, version, name_zh, name_en, state, activated_at)"
                " SELECT cast(:city AS text), 'v' || (count(*) + 1), '规则', 'rules', 'active', now() FROM dispatch_rule_set"
                " WHERE city = :city RETURNING id"
            ),
            {"city": city},
        ).scalar_one()
        for one in rules:
            connection.execute(
                text("INSERT INTO dispatch_rule VALUES (:id, :code, cast(:body AS jsonb))"),
                {"id": number, "code": one["code"], "body": json.dumps(one)},
            )
    return int(number)
