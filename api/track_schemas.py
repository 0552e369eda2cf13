"""What whoever has a tracking code is told, as it looks in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from gis.events.model import Status


class Step(BaseModel):
    """A state and when it was reached."""

    at: AwareDatetime
    status: Status
    action: str = Field(description="the step that led there")
    round: int


class TrackPhoto(BaseModel):
    """A photo at `/track/{code}/photos/{sha256}`: of the `report`, or of the result (`after`)."""

    slot: Literal["report", "after"]
    sha256: str


class TrackOut(BaseModel):
    """Where a report stands; no words but those meant for who reported, no place."""

    event_number: str
    status: Status
    category: str
    category_zh: str
    category_en: str | None
    grid_name: str | None
    opened_at: AwareDatetime
    updated_at: AwareDatetime
    closed_at: AwareDatetime | None
    promised_at: AwareDatetime | None = Field(description="when it will be settled at the latest")
    photos_missing: list[str]
    photos: list[TrackPhoto] = Field(
        description="with the code of this very report, where nothing is confidential; `after` once it is closed"
    )
    reply: str | None = Field(description="what whoever closed it says to those who reported it")
    history: list[Step]
    round: int
    outcome: str | None = Field(description="what came of it, where whoever closed it said so")
    rating: dict[str, Any] | None = Field(
        description="of the round that ended: until when, given or not, the scale"
    )
