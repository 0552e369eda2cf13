"""A question's answer as a file with Chinese labels: what may leave, in the format and system asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.crs import LONLAT
from gis.base.crs_asked import ZONED, asked_crs
from gis.base.errors import Invalid
from gis.coverage import scope, store
from gis.coverage.asked import asked
from gis.coverage.circles import circles
from gis.coverage.export_files import ENDINGS, MEDIA, Tables, file_bytes
from gis.coverage.in_scenario import scenario_of
from gis.coverage.model import CoverageAnswer, Question
from gis.coverage.service import answer, rows_inside, stations_inside
from gis.coverage.table import LEVELS, area_table, building_table, total_table
from gis.coverage.told import COUNTS, Told, told
from gis.coverage.world import World
from gis.db.engine import unit_of_work
from gis.db.scope import outside_scope
from gis.formats.geofiles import projected
from gis.register.station_types import station_type
from gis.walking.model import Bools

__all__ = ["MEDIA", "Exported", "export_coverage", "on_record", "prepared"]
PROFILE_LABELS = {
    "standard": "标准",
    "adult": "成年人",
    "elderly": "老年人",
    "child": "儿童",
    "winter": "冬季冰雪",
}
SAMPLE_MARK = "虚构示例·非真实区划"
HIDDEN = (
    "少于 10 的人口数，以及可由其他数字推算出它的人口数，均不列出（留空）。"
    "因此较大的数字也可能留空：它与总数、户数或其他区域的数字相减，可能得出少于 10 的人数；"
    "留空不表示没有人。文件中各年龄段不区分是否覆盖"
)


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished file: its name (Chinese), media type and bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Ready:
    """What of an answer may leave: the cut answer, the rows of its buildings, whether the data is invented."""

    world: World
    told: Told
    rows: Bools
    words: pd.DataFrame
    sample: bool


def export_coverage(
    engine: Engine,
    question: Question,
    kind: str,
    cache_dir: Path | None = None,
    *,
    crs: str | None = None,
) -> Exported:
    """The answer in one of `MEDIA`, about buildings and areas whose people the asker may read, without small counts.

    `crs` is an EPSG code, WKT, or `cgcs2000-3`; without it longitude and latitude, for a DXF the zone of the data.
    Leaves an audit row (`coverage.export`). Raises `Invalid` (`unknown_format`, those of `asked_crs`), `Forbidden`
    (`outside_scope`) where there is nothing to tell.
    """
    if kind not in MEDIA:
        known = ", ".join(MEDIA)
        raise Invalid(
            "unknown_format", f"格式应为 {known}", f"the format must be one of {known}", field="format"
        )
    ready = prepared(engine, question, cache_dir)
    target = _target(ready, crs or (ZONED if kind == "dxf" else str(LONLAT)))
    homes = building_table(ready.world, question, ready.words, ready.rows)
    homes = _without_small(homes, ready.told.silent, ready.world)
    tables = Tables(
        crs=target,
        homes=projected(homes, target),
        circles=lambda: projected(_circles(engine, question, cache_dir), target),
        stations=lambda: projected(_stations(ready.world, question), target),
        about=about_table(ready.told.answer, sample=ready.sample, crs=target),
        totals=total_table(ready.told.answer),
        areas={label: _areas(ready.told.answer, level) for level, label in LEVELS.items()},
    )
    content = file_bytes(tables, kind)
    with unit_of_work(engine) as session:
        details = {"format": kind, "crs": (target.to_epsg() or target.name), "rows": len(homes)}
        on_record(session, engine, ready.world, question, details)
    mark = "_虚构示例" if ready.sample else ""
    name = f"步行覆盖_{what(question)}{mark}.{ENDINGS.get(kind, kind)}"
    return Exported(name, MEDIA[kind], content)


def prepared(engine: Engine, question: Question, cache_dir: Path | None = None) -> Ready:
    """What of the answer may leave in a file; `Forbidden` (`outside_scope`) where that is nothing; as `asked`."""
    world, asker = asked(engine, question, cache_dir, permission=scope.EXPORT)
    roots = scope.both(world, scope.held(asker, scope.EXPORT), scope.held(asker, scope.PEOPLE))
    rows = rows_inside(world, question.area) & scope.buildings_seen(world, roots)
    if not rows.any() and not isinstance(roots, str):
        raise outside_scope()
    given = scope.cut(answer(world, question), world, roots)
    with unit_of_work(engine) as session:
        words = store.building_words(session, world.buildings["code"][rows].tolist())
        sample, hidden = store.is_sample(session), store.hidden_areas(session)
    return Ready(world, told(hidden, world, question, given), rows, words, sample)


def _target(ready: Ready, asked: str) -> CRS:
    """The system asked for, tried where the data is."""
    west, south, east, north = shapely.total_bounds(ready.world.buildings.geometry.to_numpy()[ready.rows])
    if not np.isfinite([west, south, east, north]).all():
        west, south, east, north = 0.0, 0.0, 0.0, 0.0
    return asked_crs(asked, (west + east) / 2, (south + north) / 2)


def _without_small(homes: gpd.GeoDataFrame, silent: Bools, world: World) -> gpd.GeoDataFrame:
    """No ages by building, and no counts of those that are withheld."""
    kept = homes.drop(columns=["60至79岁", "80岁以上"])
    quiet = kept["楼栋编码"].isin(world.buildings["code"].to_numpy()[silent]).to_numpy()
    for label in ("居民", "户数"):
        kept.loc[quiet, label] = pd.NA
    return kept


def _areas(given: CoverageAnswer, level: str) -> pd.DataFrame:
    if level != "grid":
        return area_table(given, level)
    kept = {name: share for name, share in given.totals.items() if name in {"buildings", *COUNTS}}
    return area_table(replace(given, totals=kept), level)


def _circles(engine: Engine, question: Question, cache_dir: Path | None) -> gpd.GeoDataFrame:
    drawn = circles(engine, question, cache_dir)[["code", "name", "type", "geometry"]]
    drawn = drawn.rename(columns={"code": "站点编码", "name": "名称", "type": "类型"})
    return drawn.assign(说明="由步行距离绘制，人口按楼栋计，不按面积计")


def _stations(world: World, question: Question) -> gpd.GeoDataFrame:
    found = world.stations.iloc[stations_inside(world, question)]
    columns = {"站点编码": found["code"].to_numpy(), "名称": found["name"].to_numpy()}
    types = [station_type(name).zh for name in found["type"]]
    shapes = shapely.centroid(found.geometry.to_numpy())
    return gpd.GeoDataFrame({**columns, "类型": types}, geometry=shapes, crs=LONLAT)


def on_record(
    session: Session, engine: Engine, world: World, question: Question, details: Mapping[str, object]
) -> None:
    """The audit row of something that leaves the house: what was asked, and about where."""
    top = world.areas["id"][world.areas["code"] == question.area].tolist()
    scenario = scenario_of(engine)
    said = {"types": list(question.types), "limit": limit_text(question), **details}
    if scenario is not None:
        said["scenario"] = str(scenario)
    record(
        session,
        "coverage.export",
        "coverage",
        question.area or "all",
        area_id=(top or [None])[0],
        details=said,
    )


def what(question: Question) -> str:
    """The question as part of a file's name."""
    types = [station_type(name).zh for name in question.types]
    shown = types[0] if len(types) == 1 else f"{types[0]}等{len(types)}类"
    return f"{shown}_{limit_text(question)}".replace("/", "")


def limit_text(question: Question) -> str:
    """The limit in words."""
    if question.profile.is_metres:
        return f"{question.metres:g}米"
    return f"{question.minutes:g}分钟"


def about_table(given: CoverageAnswer, *, sample: bool, crs: CRS | None = None) -> pd.DataFrame:
    """What the file is, of which versions and when."""
    question = given.question
    rows = [
        ("内容", "步行覆盖：按楼栋出入口沿街道实际步行距离计算，不以圆圈面积计数"),
        ("站点类型", "、".join(station_type(name).zh for name in question.types)),
        ("限值", limit_text(question)),
        ("步行档案", "米制" if question.profile.is_metres else PROFILE_LABELS[question.profile.name]),
        ("区域", question.area or "全部"),
        ("时刻", "不限（曾开放即计入）" if question.at is None else str(question.at)),
        ("容量", "计入站点容量" if question.capacity else "不计容量"),
        ("计入站点", f"已建成 {given.stations['existing']} 处；在建、规划、关停站点不计入"),
        *(("数据说明", f"{note.zh}：{note.count}") for note in given.notes),
        ("人口", HIDDEN),
        ("截至时间", given.as_of.isoformat(timespec="seconds")),
        ("路网版本", given.network_version),
        ("规则版本", given.rule_version),
    ]
    if crs is not None:
        rows.append(("坐标系", crs.name if crs.to_epsg() is None else f"{crs.name}（EPSG:{crs.to_epsg()}）"))
    if sample:
        rows.insert(0, ("提示", SAMPLE_MARK))
    return pd.DataFrame(rows, columns=["项目", "内容"])
