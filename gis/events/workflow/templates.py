"""Templates of a city's own: linted, stored as a new version, never changed afterwards."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from gis.accounts.audit import record
from gis.base.errors import Conflict, Forbidden, Invalid, WanggeError
from gis.db.engine import unit_of_work
from gis.db.sql import load, said_by_database
from gis.events.workflow.lint import lint
from gis.events.workflow.reading import read_workflow

PACKAGE = "gis.events.workflow"
REFUSALS: dict[str, tuple[type[WanggeError], str, str, str]] = {
    "unknown_area": (Invalid, "没有这个区域", "There is no such area", "area"),
    "outside_scope": (
        Forbidden,
        "该区域不在您的权限范围内",
        "This area is outside what you may change",
        "area",
    ),
    "workflow_code_taken": (
        Conflict,
        "此代码已被其他流程模板使用",
        "Another workflow has this code",
        "code",
    ),
}


def create_workflow(engine: Engine, template: Mapping[str, Any]) -> dict[str, Any]:
    """Store a template as the next version of its code, for the area it names; gives it as it is read.

    Raises Invalid `bad_workflow` with every fault in `faults`, `unknown_area`, Forbidden `outside_scope`, Conflict
    `workflow_code_taken` for a code that is shipped, or that another area has.
    """
    if faults := lint(template):
        raise Invalid(
            "bad_workflow",
            f"流程模板有 {len(faults)} 处问题；第一处：{faults[0]['detail']}",
            f"{len(faults)} faults in the workflow; the first: {faults[0]['detail_en']}",
            field="edges",
            faults=faults,
        )
    plain = json.dumps(dict(template), ensure_ascii=False, allow_nan=False)
    with unit_of_work(engine) as session:
        try:
            made = session.execute(load(PACKAGE, "workflow_create"), {"template": plain}).one()
        except DBAPIError as error:
            told = said_by_database(error)
            if getattr(error.orig, "sqlstate", None) == "WG409" and told in REFUSALS:
                kind, zh, en, field = REFUSALS[told]
                raise kind(told, zh, en, field=field) from None
            raise
        details = {"code": template["code"], "version": made.version}
        record(
            session, "workflow.create", "workflow", template["code"], area_id=made.area_id, details=details
        )
    return read_workflow(engine, template["code"], made.version)
