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
    round: int | None = Field(description="of the result: the round it is of")


class EarlierRound(BaseModel):
    """A round that an objection followed: how it ended, and what was said to those who reported."""

    round: int
    status: Status
    at: AwareDatetime
    reply: str | None


class MergedReport(BaseModel):
    """What was reported under this code, and was merged into the event told of."""

    event_number: str
    category: str
    category_zh: str
    category_en: str | None
    opened_at: AwareDatetime


class TrackRating(BaseModel):
    """Until when one may rate and object, null where one may not, and what one rated."""

    rate_until: AwareDatetime | None
    object_until: AwareDatetime | None
    score: int | None
    solved: Literal["yes", "partly", "no"] | None
    at: AwareDatetime | None
    scale: list[dict[str, Any]]


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
    holder: Literal["reporter", "merged", "me_too"] = Field(
        description="whose code it is: of this event's report, of one that was merged into it, of a “me too”"
    )
    merged_from: MergedReport | None
    photos_missing: list[str]
    photos: list[TrackPhoto] = Field(
        description="with the code of this very report, where nothing is confidential; `after` of rounds that are closed"
    )
    reply: str | None = Field(description="what whoever closed it says to those who reported it")
    earlier: list[EarlierRound] = Field(description="the rounds before this one")
    history: list[Step]
    round: int
    outcome: str | None = Field(description="what came of it, where whoever closed it said so")
    rating: TrackRating | None = Field(
        description="of the round that ended; null with the code of a “me too”"
    )
