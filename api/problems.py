"""How refusals look in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.errors import PROBLEM, TITLES


class ProblemItem(BaseModel):
    """One of several problems."""

    field: str | None = None
    code: str
    detail: str
    detail_en: str


class ProblemDocument(BaseModel):
    """RFC 9457 problem document; `code` is stable, `detail` follows Accept-Language (zh-CN, en)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:wangge:problem:swapped_axes"])
    title: str
    status: int
    code: str
    detail: str
    detail_en: str
    field: str | None = None
    errors: list[ProblemItem] | None = None
    instance: str
    trace_id: str | None


def problem_response(status: int) -> dict[str, Any]:
    """A refusal of this status in the document."""
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {"description": " / ".join(TITLES[status]), "content": {PROBLEM: {"schema": schema}}}


PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: problem_response(status) for status in (404, 405, 409, 413, 415, 422, 500, 503)
}
