"""A question's answer as a file: GeoPackage, Excel or GeoJSON with Chinese column labels."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.base.errors import Invalid
from gis.coverage import scope, store
from gis.coverage.circles import circles
from gis.coverage.model import CoverageAnswer, Question
from gis.coverage.service import answer, rows_inside
from gis.coverage.table import area_table, building_table, total_table
from gis.coverage.world import World, current_world
from gis.db.engine import unit_of_work
from gis.db.scope import outside_scope, scope_of
from gis.register.station_types import station_type

MEDIA = {
    "gpkg": "application/geopackage+sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}
PROFILE_LABELS = {
    "standard": "标准",
    "adult": "成年人",
    "elderly": "老年人",
    "child": "儿童",
    "winter": "冬季冰雪",
}
SAMPLE_MARK = "虚构示例·非真实区划"


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished file: its name (Chinese), media type and bytes."""

    name: str
    media_type: str
    content: bytes


def export_coverage(engine: Engine, question: Question, kind: str, cache_dir: Path | None = None) -> Exported:
    """The answer as `gpkg`, `xlsx` or `geojson`, about buildings and areas whose people the asker may read.

    Leaves an audit row (`coverage.export`). Raises `Invalid` (`unknown_format`), `Forbidden` (`outside_scope`)
    where that is nothing.
    """
    if kind not in MEDIA:
        known = ", ".join(MEDIA)
        raise Invalid(
            "unknown_format", f"格式应为 {known}", f"the format must be one of {known}", field="format"
        )
    world, asker = current_world(engine, cache_dir), scope_of(engine)
    scope.refuse_outside(world, asker, scope.EXPORT, question.area)
    roots = scope.both(world, scope.held(asker, scope.EXPORT), scope.held(asker, scope.PEOPLE))
    rows = rows_inside(world, question.area) & scope.buildings_seen(world, roots)
    if not rows.any() and not isinstance(roots, str):
        raise outside_scope()
    given = scope.cut(answer(world, question), world, roots)
    with unit_of_work(engine) as session:
        words = store.building_words(session, world.buildings["code"][rows].tolist())
        sample = store.is_sample(session)
        homes = building_table(world, question, words, rows)
        _on_record(session, world, question, kind, len(homes))
    about = _about(given, sample=sample)
    return _written(engine, question, kind, given, homes, about, sample=sample, cache_dir=cache_dir)


def _on_record(session: Session, world: World, question: Question, kind: str, rows: int) -> None:
    top = world.areas["id"][world.areas["code"] == question.area].tolist()
    details = {"format": kind, "types": list(question.types), "limit": _limit(question), "rows": rows}
    record(
        session,
        "coverage.export",
        "coverage",
        question.area or "all",
        area_id=(top or [None])[0],
        details=details,
    )


def _written(
    engine: Engine,
    question: Question,
    kind: str,
    given: CoverageAnswer,
    homes: gpd.GeoDataFrame,
    about: pd.DataFrame,
    *,
    sample: bool,
    cache_dir: Path | None,
) -> Exported:
    if kind == "xlsx":
        content = _workbook(about, given, homes)
    elif kind == "geojson":
        content = _vector({"楼栋": homes}, "GeoJSON")
    else:
        drawn = circles(engine, question, cache_dir).rename(
            columns={"code": "站点编码", "name": "名称", "type": "类型"}
        )
        drawn["说明"] = "临时示意，不作统计依据"
        tables = {"楼栋": homes, "服务圈": drawn, "社区": area_table(given, "community"), "说明": about}
        content = _vector(tables, "GPKG")
    return Exported(f"步行覆盖_{_what(question)}{'_虚构示例' if sample else ''}.{kind}", MEDIA[kind], content)


def _what(question: Question) -> str:
    types = [station_type(name).zh for name in question.types]
    shown = types[0] if len(types) == 1 else f"{types[0]}等{len(types)}类"
    return f"{shown}_{_limit(question)}".replace("/", "")


def _limit(question: Question) -> str:
    if question.profile.is_metres:
        return f"{question.metres:g}米"
    return f"{question.minutes:g}分钟"


def _about(given: CoverageAnswer, *, sample: bool) -> pd.DataFrame:
    """What the file is, of which versions and when: the first sheet."""
    question = given.question
    rows = [
        ("内容", "步行覆盖：按楼栋出入口沿街道实际步行距离计算，不以圆圈面积计数"),
        ("站点类型", "、".join(station_type(name).zh for name in question.types)),
        ("限值", _limit(question)),
        ("步行档案", "米制" if question.profile.is_metres else PROFILE_LABELS[question.profile.name]),
        ("区域", question.area or "全部"),
        ("计入站点", f"已建成 {given.stations['existing']} 处；在建、规划站点不计入"),
        ("截至时间", given.as_of.isoformat(timespec="seconds")),
        ("路网版本", given.network_version),
        ("规则版本", given.rule_version),
        ("服务圈图形", "临时示意，不作统计依据"),
    ]
    if sample:
        rows.insert(0, ("提示", SAMPLE_MARK))
    return pd.DataFrame(rows, columns=["项目", "内容"])


def _vector(layers: dict[str, pd.DataFrame], driver: str) -> bytes:
    options = {"layer_options": {"COORDINATE_PRECISION": "7"}} if driver == "GeoJSON" else {}
    with TemporaryDirectory(prefix="wangge-") as folder:
        path = Path(folder) / f"answer.{driver.lower()}"
        for name, frame in layers.items():
            table = frame if isinstance(frame, gpd.GeoDataFrame) else pd.DataFrame(frame)
            pyogrio.write_dataframe(
                table, path, layer=name, driver=driver, append=path.exists(), promote_to_multi=True, **options
            )
        return path.read_bytes()


def _workbook(about: pd.DataFrame, given: CoverageAnswer, homes: gpd.GeoDataFrame) -> bytes:
    book = Workbook(write_only=True)
    sheets = {
        "说明": about,
        "汇总": total_table(given),
        "街道": area_table(given, "subdistrict"),
        "社区": area_table(given, "community"),
        "网格": area_table(given, "grid"),
        "楼栋": pd.DataFrame(homes.drop(columns="geometry")),
    }
    for name, frame in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, label, bold=True) for label in frame.columns])
        for row in frame.astype(object).itertuples(index=False, name=None):
            sheet.append([_cell(sheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    """A cell whose text is never read as a formula; missing values stay empty."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if not isinstance(value, str):
        return value.item() if isinstance(value, np.generic) else value
    clean = ILLEGAL_CHARACTERS_RE.sub("", value)
    if not bold and not clean.startswith("="):
        return clean  # a plain value is written three times faster than a cell
    cell = WriteOnlyCell(sheet, value=clean)
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
