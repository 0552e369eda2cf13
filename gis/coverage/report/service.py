"""Makes the report of a question: as a job, in the scope of whoever asked, on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from sqlalchemy import Engine

from gis.base.crs import LONLAT, transform
from gis.base.progress import Progress
from gis.coverage import scope, store
from gis.coverage.asked import asked as who_asks
from gis.coverage.circles import circles
from gis.coverage.equity_service import equity_answer
from gis.coverage.export import HIDDEN, Ready, about_table, limit_text, on_record, prepared, what
from gis.coverage.found import found
from gis.coverage.in_scenario import in_scenario, scenario_of
from gis.coverage.model import AreaShares, Question, Share, ask
from gis.coverage.numbers import homes
from gis.coverage.report.map import BORDERLINE, COVERED, UNCOVERED, Drawn, Ground, draw
from gis.coverage.report.pdf import html_of, pdf_bytes
from gis.coverage.service import rows_inside, stations_inside
from gis.coverage.table import REASONS
from gis.coverage.world import World
from gis.db.engine import unit_of_work
from gis.jobs.model import Cancelled, Handler, JobCancelled, JobFile, JobResult
from gis.jobs.service import submit
from gis.register.station_types import station_type
from gis.walking.columns import words
from gis.walking.reasons import Why

KIND = "report"
PDF = "application/pdf"
STEPS = 4
MOST_STATIONS = 60
BEIJING = timezone(timedelta(hours=8))
WATER = ("river", "water")


def submit_report(
    engine: Engine, asked: Mapping[str, Any], scenario: UUID | None, cache_dir: Path | None = None
) -> UUID:
    """Put a report into the queue; `asked` are the arguments of `ask`. Its id.

    Raises what `ask` raises, `Invalid` (`unknown_station_type`), `NotFound` (`area_not_found`, `scenario_not_found`),
    `Forbidden` (`outside_scope`, `capacity_needs_people`), `TooMany` (`too_many_jobs`).
    """
    question = ask(**asked)
    world, _ = who_asks(in_scenario(engine, scenario), question, cache_dir, permission=scope.EXPORT)
    world.refuse_unknown(question.types)
    rows_inside(world, question.area)
    top = world.areas["id"][world.areas["code"] == question.area].tolist()
    label = f"步行覆盖报告：{what(question)}"
    params = {"question": dict(asked), "scenario": None if scenario is None else str(scenario)}
    with unit_of_work(engine) as session:
        return submit(
            session, KIND, params, label, f"coverage report: {what(question)}", area_id=(top or [None])[0]
        )


def report_handler(cache_dir: Path | None) -> Handler:
    """Runs the jobs of `submit_report`."""

    def handle(
        engine: Engine, params: Mapping[str, Any], progress: Progress, cancelled: Cancelled
    ) -> JobResult:
        scenario = None if params["scenario"] is None else UUID(params["scenario"])
        made = report(
            in_scenario(engine, scenario), ask(**params["question"]), progress, cancelled, cache_dir
        )
        asked = {**params["question"], "scenario": params["scenario"]}
        return JobResult({"bytes": len(made.content), "question": asked}, made)

    return handle


def report(
    engine: Engine,
    question: Question,
    progress: Progress,
    cancelled: Cancelled,
    cache_dir: Path | None = None,
) -> JobFile:
    """The PDF. Leaves an audit row (`coverage.export`). Raises as `gis.coverage.export.prepared`."""
    progress("计算覆盖 / coverage", 0, STEPS)
    ready = prepared(engine, question, cache_dir)
    progress("绘制地图 / map", 1, STEPS)
    drawn = draw(_ground(engine, ready, question, cache_dir))
    progress("填写表格 / tables", 2, STEPS)
    html = html_of(_values(engine, ready, question, drawn, cache_dir))
    if cancelled():
        raise JobCancelled
    progress("排版 / pages", 3, STEPS)
    content = pdf_bytes(html)
    with unit_of_work(engine) as session:
        on_record(session, engine, ready.world, question, {"format": "pdf", "rows": int(ready.rows.sum())})
    progress("完成 / done", STEPS, STEPS)
    return JobFile(f"步行覆盖报告_{what(question)}{'_虚构示例' if ready.sample else ''}.pdf", PDF, content)


def _ground(engine: Engine, ready: Ready, question: Question, cache_dir: Path | None) -> Ground:
    """What the map shows, in metres of the network's own plane system."""
    world = ready.world
    got = found(world, question)
    crs = got.place.crs
    lonlat = CRS.from_epsg(LONLAT)
    shown = np.flatnonzero(ready.rows & homes(world.buildings))
    verdict = np.where(got.covered[shown], COVERED, UNCOVERED)
    verdict = np.where(got.borderline(question)[shown], BORDERLINE, verdict)
    rings = circles(engine, question, cache_dir)
    together = shapely.union_all(transform(rings.geometry.to_numpy(), lonlat, crs)) if len(rings) else None
    barriers = world.layers.barriers
    wet = np.empty(0, dtype=object)
    if barriers is not None and len(barriers):
        wet = barriers.geometry.to_numpy()[barriers["kind"].isin(WATER).to_numpy()]
        wet = transform(wet[shapely.get_dimensions(wet) == 2], lonlat, crs)
    with unit_of_work(engine) as session:
        outline = store.area_outline(session, question.area)
    stations = world.stations.geometry.to_numpy()[stations_inside(world, question)]
    return Ground(
        homes=transform(world.buildings.geometry.to_numpy()[shown], lonlat, crs),
        verdict=verdict,
        stations=transform(stations, lonlat, crs),
        circles=together,
        streets=transform(world.layers.streets.geometry.to_numpy(), lonlat, crs),
        water=wet,
        area=None if outline is None else transform(np.array([outline], dtype=object), lonlat, crs)[0],
    )


def _values(
    engine: Engine, ready: Ready, question: Question, drawn: Drawn, cache_dir: Path | None
) -> dict[str, Any]:
    given = ready.told.answer
    place = _place(ready.world, question.area)
    about = about_table(given, sample=ready.sample)
    headline = [
        ("有人居住的楼栋", given.totals["buildings"]),
        ("居民", given.totals["residents"]),
        ("户", given.totals["households"]),
    ]
    return {
        "title": "步行覆盖报告",
        "place": place,
        "question": in_words(question, place),
        "made_at": given.as_of.astimezone(BEIJING).strftime("%Y 年 %m 月 %d 日 %H:%M（北京时间）"),
        "scenario": None if (scenario := scenario_of(engine)) is None else str(scenario),
        "sample": ready.sample,
        "headline": headline,
        "map": drawn.svg,
        "gathered": drawn.gathered,
        "reasons": [
            (REASONS[Why[name.upper()]], buildings, residents) for name, buildings, residents in given.reasons
        ],
        "communities": _worst_first([area for area in given.areas["community"] if not area.suppressed]),
        "hidden": HIDDEN,
        "equity": _equity(engine, ready, question, cache_dir),
        "stations": _stations(ready, question),
        "most": MOST_STATIONS,
        "about": list(about.itertuples(index=False, name=None)),
        "footer": f"网格 Wangge · 步行覆盖报告 · 规则 {given.rule_version}",
        "number": lambda value: "—" if value is None else f"{value:,}",
        "rate": lambda share: "—" if share.rate is None else f"{share.rate:.1%}",
    }


def _place(world: World, code: str | None) -> str:
    """The name of the area asked about; for the whole place that of its topmost area where there is one alone."""
    areas = world.areas
    if code is None:
        top = areas["path"].map(len)
        areas = areas[top == top.min()]
        return str(areas["name"].iloc[0]) if len(areas) == 1 else "全部区域"
    named = areas["name"][areas["code"] == code].tolist()
    return str(named[0]) if named else "全部区域"


def _worst_first(areas: list[AreaShares]) -> list[AreaShares]:
    """By the rate of covered buildings, rising; those without any building last, equals by code."""

    def order(area: AreaShares) -> tuple[float, str]:
        rate = area.shares["buildings"].rate
        return (2.0 if rate is None else rate, area.code)

    return sorted(areas, key=order)


def in_words(question: Question, place: str) -> str:
    """The question as a sentence."""
    types = "、".join(station_type(name).zh for name in question.types)
    pace = "" if question.profile.is_metres else f"（按“{question.profile.zh}”步行档案）"
    when = "" if question.at is None else f"每周 {question.at} 开放的"
    room = "，且不超过站点容量" if question.capacity else ""
    return f"{place}有多少楼栋和居民，从家门口沿街道步行 {limit_text(question)}{pace}之内能到{when}{types}{room}？"


def _equity(
    engine: Engine, ready: Ready, question: Question, cache_dir: Path | None
) -> list[tuple[str, str]]:
    """Measures of the whole area, where its people may be told; the least covered community where it is told."""
    if ready.told.answer.totals["residents"].total is None:
        return []
    found_ = equity_answer(engine, question, cache_dir)
    rows = []
    for label, value, form in (
        ("平均步行距离（每位居民）", found_.distance.mean, "{:,.0f} 米"),
        ("最远的十分之一居民平均", found_.distance.worst_tenth, "{:,.0f} 米"),
        ("步行距离基尼系数", found_.distance.gini, "{:.3f}"),
        ("步行距离帕尔马比", found_.distance.palma, "{:.2f}"),
    ):
        if value is not None:
            rows.append((label, form.format(value)))
    told: dict[str, Share] = {
        area.code: area.shares["residents"] for area in ready.told.answer.areas["community"]
    }
    least = min(((share.rate, code) for code, share in told.items() if share.rate is not None), default=None)
    if least is not None:
        name = next(a.name for a in ready.told.answer.areas["community"] if a.code == least[1])
        rows.append(("覆盖率最低的社区（可列者中）", f"{name}，{least[0]:.1%}"))
    return rows


def _stations(ready: Ready, question: Question) -> list[dict[str, str]]:
    rows = stations_inside(ready.world, question)
    kept = ready.world.stations.iloc[rows]
    columns = {name: words(ready.world.stations, name)[rows] for name in ("code", "name", "type", "hours")}
    capacity = kept["capacity"].tolist() if "capacity" in kept else [None] * len(kept)
    return [
        {
            "code": str(code),
            "name": str(name or ""),
            "type": station_type(str(kind)).zh,
            "hours": str(hours or "未知，按开放计"),
            "capacity": "—" if room is None or room is pd.NA or np.isnan(room) else f"{int(room):,}",
        }
        for code, name, kind, hours, room in zip(*columns.values(), capacity, strict=True)
    ]
