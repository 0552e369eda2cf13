"""The OpenAPI document: what the routes say, the request schemas read by hand, who may call what, the refusals."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api import account_schemas as accounts
from api import calendar_schemas as calendars
from api import campaign_schemas as campaigns
from api import command_schemas as commands
from api import dispatch_schemas as dispatch
from api import intake_schemas as intake
from api import notice_schemas as notices
from api import planning_schemas as planning
from api import rating_schemas as ratings
from api import siting_schemas as siting
from api import standards_schemas as standards
from api import whistle_schemas as whistles
from api import workflow_schemas as workflows
from api.auth import PLAIN_COOKIE
from api.policy import Access, operations
from api.problems import ProblemDocument, problem_response
from api.schemas import ReportIn

REFERENCE = "#/components/schemas/{model}"
READ_BY_HAND: tuple[type[BaseModel], ...] = (
    ReportIn,
    ProblemDocument,
    accounts.LoginIn,
    accounts.PasswordIn,
    accounts.ProofIn,
    accounts.TotpIn,
    accounts.TotpOffIn,
    accounts.TokenIn,
    accounts.AccountIn,
    accounts.AccountChange,
    accounts.GrantIn,
    accounts.ReasonIn,
    planning.ScenarioIn,
    planning.ScenarioChange,
    planning.EditIn,
    intake.BatchIn,
    intake.ConfirmIn,
    intake.MeTooIn,
    intake.SensorIn,
    intake.SensorChange,
    intake.AlarmIn,
    siting.SitingIn,
    siting.CoverageReportIn,
    whistles.WhistleIn,
    whistles.WhistleCommandIn,
    whistles.WhistleRuleIn,
    ratings.RatingRuleIn,
    ratings.RatingIn,
    ratings.ObjectionIn,
    ratings.ReviewIn,
    notices.ReadIn,
    notices.SubscriberIn,
    notices.SubscriberChange,
    notices.ResendIn,
    standards.CategoryChange,
    calendars.CalendarIn,
    calendars.DeadlineIn,
    dispatch.RuleSetIn,
    dispatch.SimulateIn,
    dispatch.AcknowledgeIn,
    dispatch.AdmissionIn,
    commands.CommandIn,
    commands.CommandsIn,
    workflows.WorkflowIn,
    campaigns.CampaignIn,
    campaigns.VisitIn,
    campaigns.ProblemIn,
    campaigns.SolvedIn,
)
BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": PLAIN_COOKIE,
        "description": "POST /api/v1/session 取得；修改时另带 X-CSRF-Token / with X-CSRF-Token on every change; "
        "`__Host-wangge` over https",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "个人访问令牌 / a personal access token, wgt_…",
    },
}


def install(app: FastAPI) -> None:
    """Replace the document's maker; it is made once, when first asked for."""

    def made() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = made  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for model in READ_BY_HAND:
        schema = model.model_json_schema(ref_template=REFERENCE)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    parts["securitySchemes"] = SCHEMES
    _name_bounds(document)
    _tell_access(app, document)
    return document


def _name_bounds(part: Any) -> None:
    """Call the bounds of a number as JSON Schema does: behind a reader of our own they keep Python's names."""
    if isinstance(part, dict):
        if str(part.get("type")) in {"integer", "number"}:
            for ours, theirs in BOUNDS.items():
                if ours in part:
                    part[theirs] = part.pop(ours)
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            _name_bounds(one)


def _tell_access(app: FastAPI, document: dict[str, Any]) -> None:
    """Put into each operation who may call it, by the table the guard asks."""
    for name, routes in operations(app).items():
        policy = app.state.policy[name]
        for route in routes:
            item = document["paths"].get(route.path_format, {})
            for method in route.methods or ():
                operation = item.get(method.lower())
                if operation is None:
                    continue
                if policy.access in {Access.SELF, Access.NEED}:
                    operation["security"] = [{scheme: []} for scheme in SCHEMES]
                    operation["responses"] |= {str(n): problem_response(n) for n in (401, 403)}
                if policy.permission:
                    operation["x-permission"] = policy.permission
                if policy.rate:
                    operation["responses"]["429"] = problem_response(429)
