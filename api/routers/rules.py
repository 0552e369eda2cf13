"""What all rules have in common: who changed them, and when."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, Response

from api.deps import EngineDep
from api.standards_schemas import RuleChangeList
from gis.events.readers import read_string
from gis.events.standards.changes import list_changes

router = APIRouter(tags=["rules"])
Kind = Literal[
    "calendar", "filing_standards", "categories", "rule_set", "duty_list", "admission_list", "workflow"
]


@router.get("/rule-changes", response_model=RuleChangeList)
def list_rule_changes(
    engine: EngineDep,
    kind: Kind,
    about: Annotated[
        str | None, Query(alias="object", description="one of them: its code or number", max_length=80)
    ] = None,
) -> Response:
    """The latest 200 changes of a kind of rules, as the audit has them: who, when, which version."""
    wanted = None if about is None else read_string(about, "object", longest=80)
    found = jsonable_encoder([asdict(one) for one in list_changes(engine, kind, wanted)])
    return JSONResponse({"items": found}, headers={"Cache-Control": "private, no-store"})
