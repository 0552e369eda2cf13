"""The OpenAPI document: what the routes say, the request schemas read by hand, the problem documents."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api.problems import ProblemDocument
from api.schemas import ReportIn

REFERENCE = "#/components/schemas/{model}"
READ_BY_HAND: tuple[type[BaseModel], ...] = (ReportIn, ProblemDocument)


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
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in READ_BY_HAND:
        schema = model.model_json_schema(ref_template=REFERENCE)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    return document
