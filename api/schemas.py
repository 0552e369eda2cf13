"""How requests and answers look in the OpenAPI document; reading and checking is the events room's business."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.calendar_schemas import ClockOut
from api.event_schemas import (
    Assignment,
    DepartmentName,
    EventName,
    LevelName,
    LogRow,
    PlaceAnswer,
    ReportFact,
    Standing,
    WorkflowName,
)
from gis.base.datum import CoordSys
from gis.events.model import Source, Status, Urgency
from gis.events.validate import LARGEST_ACCURACY_M, LONGEST_ADDRESS, LONGEST_NAME, LONGEST_TEXT

Level = Literal["province", "city", "district", "subdistrict", "community", "grid"]
Method = Literal["inside", "border", "nearest", "none"]
SHA256 = r"^[0-9a-f]{64}$"


class Strict(BaseModel):
    """Unknown members are refused."""

    model_config = ConfigDict(extra="forbid")


class PointIn(Strict):
    """A GeoJSON point, two ordinates: longitude, latitude."""

    type: Literal["Point"]
    coordinates: list[float] = Field(min_length=2, max_length=2, examples=[[126.62, 45.76]])


class AddressIn(Strict):
    """Where it is in words, or by codes of the register."""

    text: str | None = Field(default=None, max_length=LONGEST_ADDRESS)
    compound: str | None = None
    building: str | None = None
    entrance: str | None = None


class ContactIn(Strict):
    """How to reach the reporter; never listed."""

    name: str | None = Field(default=None, max_length=LONGEST_NAME)
    phone: str | None = None


class ReportIn(Strict):
    """A report."""

    id: str = Field(
        description="UUIDv7 made by the client", examples=["0194fdc2-fa2f-7cc0-81d3-ff12045b73c8"]
    )
    category: str = Field(description="scheme:kind:code", examples=["gov-s:request:S0202"])
    text: str = Field(min_length=1, max_length=LONGEST_TEXT, examples=["3 号楼门口飞线充电"])
    geometry: PointIn
    coord_sys: CoordSys = Field(description="Datum of `geometry`; there is no default")
    accuracy_m: float | None = Field(default=None, ge=0, le=LARGEST_ACCURACY_M)
    address: AddressIn | None = None
    occurred_at: AwareDatetime | None = None
    reported_at: AwareDatetime | None = Field(
        default=None, description="The device's clock, kept as claimed, right or wrong"
    )
    urgency: Urgency = Urgency.NORMAL
    source: Source = Source.RESIDENT_CODE
    contact: ContactIn | None = None
    on_behalf_of: ContactIn | None = Field(
        default=None, description="Who called or came, when one of the staff writes it down for them"
    )
    confidential: bool = False
    photos: list[str] = Field(
        default=[], max_length=6, description="SHA-256 of the photos that will be put to /attachments"
    )


class Named(BaseModel):
    """An area by code and name."""

    code: str
    name: str


class Scope(Named):
    """The area that owns what no grid owns."""

    level: Level


class ReceiptOut(BaseModel):
    """The answer to a report. It never changes: where the event stands is told by /track."""

    id: str
    event: str
    tracking_code: str = Field(examples=["7K3M-Q2ZD-84TN-XW5RC"])
    event_number: str = Field(examples=["230199-261122-000123-7"])
    status: Literal["reported"]
    grid: Named | None
    scope: Scope
    method: Method
    border_distance_m: float | None
    confirm: bool = Field(description="The fix is less certain than the border is near: ask the reporter")
    recorded_at: AwareDatetime


class Labelled(BaseModel):
    """A word of a code list with its labels."""

    code: str
    zh: str
    en: str


class EventOut(BaseModel):
    """An event in a list; `text` is null where the reporter asked for confidence."""

    id: str
    number: str
    status: Status
    urgency: Urgency
    source: Source
    category: str
    category_zh: str
    category_en: str | None
    text: str | None
    address: str | None
    confidential: bool
    lon: float
    lat: float
    grid: str | None
    grid_name: str | None
    scope: str
    method: Method
    border_distance_m: float | None
    confirm: bool
    opened_at: AwareDatetime
    updated_at: AwareDatetime
    closed_at: AwareDatetime | None
    version: int
    round: int
    department: DepartmentName | None
    handler: Assignment
    level: LevelName
    me_too: int
    promised_at: AwareDatetime | None
    due_at: AwareDatetime | None = Field(description="end of the present stage")
    supervised: Literal["yellow", "red", "black"] | None
    bounces: int
    reworks: int


class EventPage(BaseModel):
    """A page of events, newest or most due first; `next` is the cursor of the page after, null on the last."""

    items: list[EventOut]
    next: str | None


class Feature(BaseModel):
    """A GeoJSON feature."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class FeaturePage(BaseModel):
    """A GeoJSON feature collection; `next` is the cursor of the page after."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    next: str | None = None


class EventDetail(EventOut):
    """One event with its log."""

    scope_name: str
    workflow: WorkflowName
    standard: int | None
    standing: Standing
    log: list[LogRow]
    clocks: list[ClockOut]
    dispatch: dict[str, Any] | None = Field(
        description="the latest decision about where it goes; GET /events/{id}/dispatch tells why"
    )
    reports: list[ReportFact]
    merged_into: EventName | None
    merged: list[EventName] = Field(description="events that were merged into this one")
    confirmation: PlaceAnswer | None = Field(description="what the reporter answered about the place")
    alarms: int | None = Field(description="of a sensor: how many alarms are this event")
    rounds: list[dict[str, Any]] = Field(
        description="that ended: outcome, how late, rating, objection, appeal"
    )
    samples: list[dict[str, Any]] = Field(
        description="draws for inspection and call-back, with the share that counted"
    )
    inspections: list[dict[str, Any]]
    call_backs: list[dict[str, Any]]
    whistles: list[dict[str, Any]] = Field(description="on this event, as far as the reader sees them")


class CategoryCount(BaseModel):
    """Events of a family."""

    category: str
    zh: str
    en: str | None
    count: int
    open: int


class AreaCount(BaseModel):
    """Events of an area."""

    code: str
    name: str
    count: int
    open: int


class EventSummary(BaseModel):
    """Counts under a filter, as of a moment."""

    total: int
    open: int
    by_status: dict[str, int]
    by_urgency: dict[str, int]
    by_source: dict[str, int]
    by_category: list[CategoryCount]
    level: Level
    by_area: list[AreaCount]
    as_of: AwareDatetime


class CodeLists(BaseModel):
    """Code lists with labels."""

    status: list[Labelled]
    urgency: list[Labelled]
    source: list[Labelled]


class AttachmentOut(BaseModel):
    """A stored photo; `sha256` is that of the stored copy."""

    sha256: str
    bytes: int
    width: int
    height: int


class StatisticCell(BaseModel):
    """One month of an area; a number is null where it is hidden."""

    month: str
    opened: int | None
    closed: int | None


class StatisticArea(BaseModel):
    """An area and its months, oldest first."""

    code: str
    name: str
    parent: str | None
    cells: list[StatisticCell]


class PublicStatistics(BaseModel):
    """Events opened and closed by area and complete calendar month; hidden below `k`, and so far as that needs."""

    level: Literal["district", "subdistrict", "community"]
    months: list[str]
    areas: list[StatisticArea]
    k: int
    as_of: AwareDatetime | None
