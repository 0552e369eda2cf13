"""How calendars and deadlines are written and look in the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Kind = Literal["urgent_hour", "work_hour", "work_day", "natural_day"]
SESSIONS = "`08:00-12:00 14:00-18:00`"


class ScheduleIn(BaseModel):
    """The sessions of working days of a season; without dates it holds always, and one such is needed."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sessions: str = Field(description=SESSIONS, examples=["08:00-12:00 14:00-18:00"])
    valid_from: str | None = Field(default=None, description="YYYY-MM-DD, included")
    valid_to: str | None = Field(default=None, description="YYYY-MM-DD, included")


class DayIn(BaseModel):
    """A day the city does not work as its weekday or the country's list says."""

    model_config = ConfigDict(extra="forbid", strict=True)

    day: str = Field(description="YYYY-MM-DD")
    works: bool
    sessions: str | None = Field(default=None, description=f"{SESSIONS}, of a working day")
    name: str = ""
    source: str = Field(
        default="", max_length=400, description="who says so, where it is not the calendar's source"
    )


class StageLimitIn(BaseModel):
    """A limit of the city's own; empty `workflow` or `urgency` is every one, stage `total` the promise."""

    model_config = ConfigDict(extra="forbid", strict=True)

    stage: str
    limit: str = Field(examples=["4工作时"])
    workflow: str = ""
    urgency: str = ""


class CalendarIn(BaseModel):
    """A new version of a calendar. The country's holidays are in it, but for the days given here.

    `based_on` is the version it was made from, 0 for a new calendar. Without `limits` those in force stay, of a new
    calendar those of the country's.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    code: str = Field(examples=["harbin"])
    city: str = Field(default="", description="the beginning of the codes of its areas; empty: everywhere")
    name_zh: str
    name_en: str | None = None
    source: str = Field(description="who says so: a notice, its number")
    based_on: int = 0
    week: list[bool] | None = Field(default=None, description="working days from Monday on")
    schedules: list[ScheduleIn] = []
    days: list[DayIn] = []
    known_to: str | None = Field(default=None, description="the last day whose holidays are in the list")
    rework: Literal["restart", "continue"] = "restart"
    limits: list[StageLimitIn] | None = None


class DeadlineIn(BaseModel):
    """A limit and when it begins; by the calendar named, or that of an area, else the country's."""

    model_config = ConfigDict(extra="forbid", strict=True)

    start: str = Field(description="an instant with its offset", examples=["2026-09-28T10:30:00+08:00"])
    limit: str | None = Field(default=None, description="instead of kind and value", examples=["5工作日"])
    kind: Kind | None = None
    value: float | None = None
    calendar: str | None = None
    area: str | None = None


class ScheduleOut(BaseModel):
    """The sessions of working days of a season."""

    sessions: str
    valid_from: date | None
    valid_to: date | None


class StageLimitOut(BaseModel):
    """A limit of a stage."""

    stage: str
    workflow: str
    urgency: str
    kind: Kind
    value: float
    limit: str


class CalendarSummaryOut(BaseModel):
    """A calendar in force. Beyond `known_to` only weekends are known: deadlines there are provisional."""

    code: str
    version: int
    city: str
    name_zh: str
    name_en: str | None
    rework: str
    known_from: date | None
    known_to: date | None
    source: str
    created_at: AwareDatetime


class OwnDay(BaseModel):
    """A day that is otherwise than in the country's list, and who says so."""

    day: date
    works: bool
    sessions: str | None
    name: str
    source: str


class CalendarVersionOut(BaseModel):
    """A version of a calendar there was or is."""

    version: int
    source: str
    created_at: AwareDatetime
    ended_at: AwareDatetime | None


class CalendarOut(CalendarSummaryOut):
    """A calendar with its rules; `days` are those of its own list, `own_days` counts them."""

    week: list[bool]
    schedules: list[ScheduleOut]
    limits: list[StageLimitOut]
    own_days: int
    days: list[OwnDay]
    versions: list[CalendarVersionOut]


class CalendarList(BaseModel):
    """The calendars in force, that of everywhere first."""

    items: list[CalendarSummaryOut]


class DayOut(BaseModel):
    """A day: what kind it is, when it is worked, and whether its holidays are announced."""

    day: date
    kind: Literal["work", "make_up", "short", "weekend", "holiday"]
    sessions: str
    name: str
    source: str
    known: bool
    own: bool


class DayList(BaseModel):
    """Every day of a year."""

    code: str
    version: int
    year: int
    items: list[DayOut]


class CountedOut(BaseModel):
    """One day of a limit and the minutes of it that counted."""

    day: date
    kind: Literal["work", "make_up", "short", "weekend", "holiday"]
    minutes: float
    name: str
    known: bool


class DeadlineOut(BaseModel):
    """When a limit is used up, and how it was counted; `begins` is when it begins to count.

    `provisional`: it goes over days whose holidays nobody has announced yet.
    """

    start: AwareDatetime
    begins: AwareDatetime
    due: AwareDatetime
    kind: Kind
    value: float
    limit: str
    limit_en: str
    calendar: str
    version: int
    provisional: bool
    explanation: str
    explanation_en: str
    days: list[CountedOut]


class DayTold(BaseModel):
    """What a day is."""

    kind: Literal["work", "make_up", "short", "weekend", "holiday"]
    sessions: str
    name: str


class DayChanged(BaseModel):
    """A day that a calendar would change."""

    day: date
    was: DayTold
    now: DayTold


class DeadlineChanged(BaseModel):
    """When a limit ends now, and when it would."""

    was: DeadlineOut
    now: DeadlineOut


class CalendarTried(BaseModel):
    """What a calendar would change from today to the end of the year after next, beside the one in force for its city.

    `deadlines`: of the limit asked for, begun now, and begun the afternoon before the first day that changes.
    """

    against: str
    version: int
    changed: int
    days: list[DayChanged]
    deadlines: list[DeadlineChanged]


class ClockOut(BaseModel):
    """One run of a limit of an event: of a stage, or of the whole (`total`).

    `value` is the limit without its extensions, each of which adds it once more; `used` what has run of it so far, in
    units of its kind, told as of the whole minute, and `multiple` is (used - limit) / limit: above 0 it is overdue.
    `provisional`: counted over days whose holidays are not announced yet. `first_due_at` is what was said first. It
    stands still from `paused_at` on.
    """

    round: int
    stage: str
    turn: int
    kind: Kind
    value: float
    extended: int
    source: str
    calendar: str
    calendar_version: int
    provisional: bool
    started_at: AwareDatetime
    first_due_at: AwareDatetime
    due_at: AwareDatetime
    paused_at: AwareDatetime | None
    paused_until: AwareDatetime | None
    pause_reason: str | None
    stopped_at: AwareDatetime | None
    outcome: Literal["done", "ended"] | None
    warned: int
    used: float
    multiple: float
