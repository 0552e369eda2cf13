"""How indicators look in the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class RateOut(BaseModel):
    """`numerator` of `denominator`; `excluded` are in neither. `value` is null where the denominator is 0."""

    numerator: int
    denominator: int
    excluded: int
    value: float | None


class FivePartsOut(BaseModel):
    """应办/完成/按时/超时/在办. `due` = `in_time` + `late`, `late` = `late_done` + `overdue`; `running` is in no base."""

    due: int
    done: int
    in_time: int
    late: int
    running: int
    late_done: int
    overdue: int
    exempt: int
    done_rate: RateOut
    in_time_rate: RateOut


class WordsOut(BaseModel):
    """A name in two languages, and what it is made of."""

    zh: str
    en: str
    of_zh: str = ""
    of_en: str = ""


class PeriodOut(BaseModel):
    """Both days are included."""

    model_config = ConfigDict(populate_by_name=True)

    from_: date = Field(alias="from")
    to: date


class NamedOut(BaseModel):
    """An area, department or category."""

    code: str
    name: str
    name_en: str


class LineOut(NamedOut):
    """The numbers of one of them."""

    flow: dict[str, int]
    rates: dict[str, RateOut]
    stages: dict[str, FivePartsOut]
    voices: dict[str, RateOut]


class IndicatorsOut(BaseModel):
    """Indicators of an area with all below it, as of a moment. There is no composite score."""

    area: str
    period: PeriodOut
    as_of: AwareDatetime
    by: Literal["area", "department", "category"]
    attribution: dict[str, WordsOut]
    words: dict[str, dict[str, WordsOut]]
    total: LineOut
    lines: list[LineOut]


class PlaceOut(NamedOut):
    """`rank` is null where `unranked` says why: `too_few` cases, or `undecided` whether half are done yet."""

    rank: int | None
    unranked: Literal["too_few", "undecided"] | None
    n: int
    open: int
    median_s: float | None
    longest_s: float


class RankingOut(BaseModel):
    """Areas or departments by the median time of a stage, open cases counted. People are never ranked."""

    area: str
    period: PeriodOut
    as_of: AwareDatetime
    stage: str
    by: Literal["area", "department"]
    least: int
    places: list[PlaceOut]


class LoadOut(NamedOut):
    """Cases reported in an area; `households` is null where counts of people may not be told."""

    cases: int
    households: int | None
    per_1000_households: float | None


class WorkloadOut(BaseModel):
    """How cases are spread; the Gini coefficient is 0 where all have alike."""

    area: str
    level: str
    period: PeriodOut
    as_of: AwareDatetime
    gini_cases: float | None
    gini_per_household: float | None
    lines: list[LoadOut]


class MeanOut(BaseModel):
    """A mean of `n` marks, null of none."""

    n: int
    value: float | None


class WhistleRatesOut(BaseModel):
    """Whistles blown in an area, and what departments answered."""

    as_of: AwareDatetime
    blown: int
    called: int
    answered: RateOut
    arrived: RateOut
    solved: RateOut
    mean: MeanOut
    attribution: WordsOut
    words: dict[str, WordsOut]


class MyLoadOut(BaseModel):
    """What is before me. It is told to me alone; time online is not measured."""

    as_of: AwareDatetime
    open: int
    overdue: int
    due_today: int
    suspended: int
    to_inspect: int
    finished_30_days: int
    inspected_30_days: int
