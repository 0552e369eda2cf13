"""How the inbox looks in the OpenAPI document."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, Field


class InboxOut(BaseModel):
    """Counts of the caller's boxes, in the order they are shown; boxes nobody gives them are left out."""

    boxes: dict[str, int] = Field(examples=[{"accept": 3, "overdue": 1, "returned": 0, "mine": 0}])
    as_of: AwareDatetime
