"""How whistles and their commands are written, and how they look in the OpenAPI document."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from api.numbers import DAY
from api.schemas import SHA256, Named, PointIn
from gis.base.datum import CoordSys
from gis.base.worktime_calendar import ZONE
from gis.events.model import Urgency
from gis.events.whistle.model import LONGEST_TEXT, MOST_DEPARTMENTS

Mark = Annotated[int, Field(ge=1, le=5)]
Source = Literal["community", "grid_worker", "resident", "hotline", "inspection", "other"]


def end_of_day(given: Any) -> Any:
    """A day, as 2026-12-01, as the last second of it; another text as it is, and no number."""
    if given is not None and not (isinstance(given, str) and DAY.match(given)):
        raise ValueError("neither a day nor an instant")
    if given is None or DAY.fullmatch(given) is None:
        return given
    return datetime.combine(date.fromisoformat(given), time(23, 59, 59), ZONE)


class Strict(BaseModel):
    """Unknown members are refused, and nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WhistleIn(Strict):
    """A whistle (吹哨) on an event, or on a place of its own with `geometry` and `coord_sys`."""

    id: str = Field(description="UUIDv7 made by the client")
    reason: str = Field(max_length=LONGEST_TEXT, examples=["楼前主管道漏水，社区无力处置"])
    departments: list[str] = Field(min_length=1, max_length=MOST_DEPARTMENTS, description="codes")
    event: str | None = None
    geometry: Annotated[PointIn | None, Field(strict=False)] = None
    coord_sys: Annotated[CoordSys | None, Field(strict=False)] = None
    address: str | None = Field(default=None, max_length=200)
    urgency: Annotated[Urgency, Field(strict=False)] = Urgency.NORMAL
    source: Source = Field(default="community", description="who found it")


class PlaceIn(Strict):
    """Where the device is, asked once for a confirmation of arrival (到场确认); the place is not kept."""

    lon: float
    lat: float
    coord_sys: Annotated[CoordSys, Field(strict=False)]
    accuracy_m: float = Field(ge=0, le=100_000)


class WhistleCommandIn(Strict):
    """A step: `command`, for a department's answer with its code, and what the step requires."""

    id: str = Field(description="UUIDv7 made by the client")
    command: str = Field(max_length=16, examples=["accept"])
    department: str | None = Field(default=None, max_length=40)
    base_version: int | None = Field(default=None, ge=1, description="or If-Match")
    text: str | None = Field(default=None, max_length=LONGEST_TEXT)
    reason: str | None = Field(default=None, max_length=LONGEST_TEXT)
    position: PlaceIn | None = None
    until: Annotated[AwareDatetime | None, Field(strict=False), BeforeValidator(end_of_day)] = Field(
        default=None, description="an instant (RFC 3339), or a day to its end in Asia/Shanghai"
    )
    outcome: Literal["solved", "partly", "unsolved"] | None = None
    photos: list[Annotated[str, Field(pattern=SHA256)]] | None = Field(default=None, max_length=6)
    timeliness: Mark | None = None
    effort: Mark | None = None
    result: Mark | None = None
    solved: Literal["yes", "partly", "no"] | None = None


class StageLimits(Strict):
    """Limits of the stages of a whistle, written as `2紧急工作时`, `4 work_hour`, `15天`; one left out stays."""

    approve: str | None = None
    accept: str | None = None
    arrive: str | None = None
    plan: str | None = None
    result: str | None = None
    rate: str | None = None


class WhistleRuleIn(Strict):
    """How an area and all below it whistle; `area` null: everywhere. A stage that is missing keeps its limit."""

    area: str | None = Field(default=None, max_length=40)
    blower_level: Literal["community", "subdistrict"]
    max_distance_m: float = Field(gt=0, le=10_000)
    worst_accuracy_m: float = Field(gt=0, le=10_000)
    most_returns: int = Field(ge=0, le=10)
    limits: StageLimits = StageLimits()


class AnswerState(BaseModel):
    """Where a department's answer stands after a step."""

    code: str
    status: str
    version: int


class WhistleStepOut(BaseModel):
    """A step that was taken; the same bytes when the same command is sent again."""

    id: UUID
    whistle: UUID
    command: str
    status: str
    version: int
    department: AnswerState | None
    at: AwareDatetime


class WhistleEvent(BaseModel):
    """The event of a whistle, for who may see it."""

    id: UUID
    number: str


class NamedDepartment(Named):
    """A department that is called, in a list; `due_at` is when its next stage is due."""

    status: str
    version: int
    due_at: AwareDatetime | None
    overdue: bool


class WhistleItem(BaseModel):
    """A whistle in a list."""

    id: UUID
    status: str
    version: int
    reason: str
    urgency: str
    source: str
    address: str | None
    lon: float
    lat: float
    area: Named
    event: WhistleEvent | None
    mine: bool
    blown_at: AwareDatetime
    due_at: AwareDatetime | None
    overdue: bool
    closed_at: AwareDatetime | None
    departments: list[NamedDepartment]


class BoxCounts(BaseModel):
    """How many open whistles wait in each box of the reader."""

    mine: int
    approve: int
    answer: int
    department: int
    rate: int
    appeal: int
    all: int


class WhistleList(BaseModel):
    """A page of a box."""

    items: list[WhistleItem]
    counts: BoxCounts
    next: str | None


class WhistleOut(BaseModel):
    """A whistle whole: answers with limits, ratings, appeals and history; `allowed` is what the reader may do now."""

    model_config = ConfigDict(extra="allow")

    id: UUID
    status: str
    version: int
    reason: str
    area: Named
    approver_area: Named
    event: WhistleEvent | None
    allowed: list[dict[str, Any]]
    departments: list[dict[str, Any]]
    log: list[dict[str, Any]]


class RateOut(BaseModel):
    """A rate with what it is made of; `value` is null where there is nothing to divide by."""

    numerator: int
    denominator: int
    value: float | None
    waiting: int = Field(description="still inside the limit, or not rated yet: in no denominator")


class MarksOut(BaseModel):
    """Mean marks from 1 to 5, and of how many ratings."""

    n: int
    unrated: int
    timeliness: float | None
    effort: float | None
    result: float | None


class AppealsOut(BaseModel):
    """Appeals against ratings: still to be decided, granted (exempt from the score), denied."""

    asked: int
    granted: int
    denied: int


class PeriodScoreOut(BaseModel):
    """What a department did in a period; released and exempt answers are in no rate."""

    called: int
    excluded: dict[str, int]
    answered: RateOut
    arrived: RateOut
    solved: RateOut
    ratings: MarksOut
    appeals: AppealsOut


class ScoreOut(PeriodScoreOut, Named):
    """A department in a period."""


class ScoresOut(BaseModel):
    """Department scores as of a moment, over the whistles that the reader sees."""

    period: dict[str, str]
    as_of: AwareDatetime | None
    departments: list[ScoreOut]


class ScoreLine(Named):
    """A department over a run of periods, in their order; null: it was not called in that period."""

    scores: list[PeriodScoreOut | None]


class ScoreRunOut(BaseModel):
    """Department scores over a run of periods as of a moment."""

    periods: list[dict[str, str]]
    as_of: AwareDatetime | None
    departments: list[ScoreLine]
