"""How batches, confirmations, similar events and sensors look from outside."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas import PointIn, ReceiptOut, ReportIn, Strict
from gis.base.datum import CoordSys
from gis.events.intake_batch import MOST
from gis.events.model import Status, Urgency


class BatchIn(Strict):
    """Many reports at once."""

    items: list[ReportIn] = Field(min_length=1, max_length=MOST)


class BatchProblem(BaseModel):
    """Why one item was not taken in; the same codes as for a report alone."""

    code: str
    detail: str
    detail_en: str
    field: str | None = None


class BatchItem(BaseModel):
    """What became of one item: the status it would have had alone, and its receipt or its problem."""

    status: int = Field(examples=[201, 200, 409, 422])
    receipt: ReceiptOut | None = None
    problem: BatchProblem | None = None


class BatchOut(BaseModel):
    """Results in the order of the items."""

    new: int
    again: int
    refused: int
    items: list[BatchItem]


class ConfirmIn(Strict):
    """The answer to “is this the right grid?”; with `moved` where it is instead."""

    answer: Literal["yes", "no", "moved"]
    geometry: PointIn | None = None
    coord_sys: CoordSys | None = None


class ConfirmOut(BaseModel):
    """The answer as it is kept."""

    report: str
    answer: Literal["yes", "no", "moved"]
    at: AwareDatetime


class MeTooIn(Strict):
    """Who says it: a random token the device made and keeps. Required of whoever is not logged in, else not read."""

    device: Annotated[str | None, Field(min_length=16, max_length=80)] = None


class MeTooOut(BaseModel):
    """A tracking code of one's own, how many people say it, and whether this one had said so before."""

    tracking_code: str
    people: int
    again: bool


class ScorePart(BaseModel):
    """One part of a score: its weight, and how much of it there is (0 to 1)."""

    name: Literal["distance", "category", "text", "photo", "time"]
    weight: int
    value: float


class SimilarEvent(BaseModel):
    """An open event of the caller's scope, whole; `text` is null where it is confidential."""

    id: str
    number: str
    status: Status
    urgency: Urgency
    category: str
    category_zh: str
    category_en: str | None
    text: str | None
    address: str | None
    opened_at: AwareDatetime
    me_too: int
    distance_m: float
    photos: list[str]
    score: float
    parts: list[ScorePart]


class RoughEvent(BaseModel):
    """An open matter in public space, as everybody may know it; `ref` serves for “me too” for a day."""

    ref: str
    category: str
    category_zh: str
    category_en: str | None
    distance_m: int = Field(description="rounded to 50 m, from a square of 50 m")
    age_days: int


class SimilarOut(BaseModel):
    """Events that may be what is being typed."""

    events: list[SimilarEvent]
    nearby: list[RoughEvent]


class NearGrid(BaseModel):
    """A grid and how far it is."""

    code: str
    name: str
    distance_m: int


class UnplacedEvent(BaseModel):
    """An open event that no grid owns; staff say by the command `correct` whose it is."""

    id: str
    number: str
    version: int
    status: Status
    urgency: Urgency
    category: str
    category_zh: str
    category_en: str | None
    text: str | None
    address: str | None
    lon: float
    lat: float
    scope: str
    opened_at: AwareDatetime
    nearest: list[NearGrid]


class UnplacedPage(BaseModel):
    """A page, oldest first."""

    items: list[UnplacedEvent]
    count: int = Field(description="of all pages")
    next: str | None


class SensorIn(Strict):
    """A sensor to be registered."""

    code: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    category: Annotated[str, Field(max_length=80, examples=["gbt47678.5-2026:component:01001"])]
    geometry: PointIn
    coord_sys: CoordSys
    text: Annotated[str, Field(min_length=1, max_length=500, examples=["井盖移位"])]
    urgency: Urgency = Urgency.NORMAL
    snooze_s: Annotated[int, Field(ge=0, le=604_800)] = 3600


class SensorChange(Strict):
    """What may change of a sensor."""

    enabled: bool | None = None
    snooze_s: Annotated[int | None, Field(ge=0, le=604_800)] = None


class SensorKey(BaseModel):
    """The key of a new sensor, told this once: 64 hexadecimal digits of 32 bytes."""

    code: str
    key: str


class SensorOut(BaseModel):
    """A sensor of the register."""

    code: str
    name: str
    category: str
    category_zh: str
    category_en: str | None
    lon: float
    lat: float
    scope: str
    scope_name: str
    text: str
    urgency: Urgency
    snooze_s: int
    enabled: bool
    created_at: AwareDatetime
    alarms: int
    events: int
    last_at: AwareDatetime | None


class SensorList(BaseModel):
    """Sensors by code."""

    items: list[SensorOut]


class AlarmIn(Strict):
    """What a sensor may say beside that there is an alarm."""

    note: Annotated[str | None, Field(max_length=500)] = None
    occurred_at: AwareDatetime | None = None


class AlarmOut(BaseModel):
    """The event an alarm belongs to, and how many alarms it has."""

    event_number: str
    alarms: int
    new: bool


class PieceOut(BaseModel):
    """How much of a photo has come; `sha256` is that of the stored copy, told with the last piece."""

    offset: int
    stored: bool
    sha256: str | None = None
