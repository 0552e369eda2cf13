"""Reports of a file into events: columns mapped, places converted, times given their offset, keys made UUIDs."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.base.datum import CoordSys
from gis.base.errors import Invalid, InvalidFile, Problem
from gis.base.progress import Progress
from gis.db.staging import Counts
from gis.events.history import load_history
from gis.formats.place import Points, table_points
from gis.formats.row_datum import refuse_conflict
from gis.formats.tables import read_table
from gis.formats.vector import parse_crs
from gis.intake.fields import Field
from gis.intake.model import ImportOptions, ImportReport
from gis.intake.parsing import as_text, row_problems
from gis.intake.reading import choose_column
from gis.intake.transaction import note_import, transaction

# Reports of other systems have keys of their own; the same key of the same origin is always the same report.
NAMESPACE = uuid.UUID("6f0d8a52-6a1c-5f0a-9a3e-57c1f1a7f6b4")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_OFFSET = re.compile(r".*\d[T ]\d\d:\d\d.*([Zz]|[+-]\d\d:?\d\d)")
TIMES = ("occurred_at", "reported_at", "closed_at")
FIELDS = (
    Field("id", also=("编号", "unique key", "uuid")),
    Field("source", also=("来源",)),
    Field("category_scheme"),
    Field("category_kind"),
    Field("category_code", also=("类别", "类别编码")),
    Field("text", also=("内容", "描述", "descriptor", "eventname")),
    Field("address", also=("地址", "incident address")),
    Field("coord_sys", also=("坐标系",)),
    Field("accuracy_m", also=("精度",)),
    Field("urgency", also=("紧急程度",)),
    Field("occurred_at", also=("发生时间",)),
    Field("reported_at", also=("上报时间", "created date", "createtime")),
    Field("status", also=("状态",)),
    Field("closed_at", also=("办结时间", "closed date")),
    Field("department", also=("处置部门", "责任部门")),
)
STATUS_WORDS = {
    "open": "reported", "in progress": "handling", "assigned": "dispatched", "pending": "accepted",
    "started": "handling", "closed": "closed", "办结": "closed", "已办结": "closed", "处置中": "handling",
    "已上报": "reported",
}  # fmt: skip


def _columns(frame: pd.DataFrame, options: ImportOptions) -> tuple[pd.DataFrame, dict[str, str]]:
    """The fields of a report as text columns, and which column of the file each came from."""
    known = {item.name for item in FIELDS} | {"lon", "lat"}
    unknown = (set(options.mapping) | set(options.values)) - known
    if unknown:
        names = "、".join(sorted(known))
        name = min(unknown)
        raise Invalid(
            "field_unknown", f"没有字段 {name}，可用：{names}", f"no field {name}; known: {names}", field=name
        )
    out, origin = pd.DataFrame(index=frame.index), {}
    for item in FIELDS:
        column = None if item.name in options.values else choose_column(frame, item, options.mapping)
        if item.name in options.values:
            out[item.name] = pd.Series(options.values[item.name], index=frame.index, dtype=object)
        elif column is not None:
            out[item.name], origin[item.name] = as_text(frame[column]), column
    return out, origin


def report_ids(keys: pd.Series[Any], origin: str) -> pd.Series[Any]:
    """UUIDs as they are; any other key as the UUID that `origin` and the key always give."""

    def identify(key: str) -> str:
        return key if _UUID.fullmatch(key) else str(uuid.uuid5(NAMESPACE, f"{origin}:{key}"))

    return keys.map(identify, na_action="ignore")


def with_offset(times: pd.Series[Any], zone: str) -> pd.Series[Any]:
    """Times as ISO 8601 with offset: those without one are of `zone`; what cannot be read stays as it is.

    Read are ISO 8601 and month/day/year with hours and minutes, as spreadsheets write it.
    """
    try:
        local = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid(
            "zone_unknown", f"未知的时区 {zone}", f"unknown time zone {zone}", field="time_zone"
        ) from error
    plain = times.notna() & ~times.fillna("").str.fullmatch(_OFFSET)
    iso = pd.to_datetime(times.where(plain), format="ISO8601", errors="coerce")
    slashed = pd.to_datetime(times.where(plain & iso.isna()), format="%m/%d/%Y %H:%M", errors="coerce")
    found = iso.fillna(slashed).dt.tz_localize(local, ambiguous=False, nonexistent="shift_forward")
    told = found.map(lambda moment: moment.isoformat(), na_action="ignore").astype(object)
    return times.where(told.isna(), told)


def _place(frame: pd.DataFrame, options: ImportOptions, out: pd.DataFrame) -> Points:
    """Places into `lon`, `lat`, in the datum they were given in; projected ones become WGS-84."""
    crs = parse_crs(options.crs) if options.crs else None
    points = table_points(frame, lon=options.mapping.get("lon"), lat=options.mapping.get("lat"), crs=crs)
    degrees = crs is None or crs.is_geographic
    out["lon"], out["lat"] = (points.raw_lon, points.raw_lat) if degrees else (points.lon, points.lat)
    if "coord_sys" not in out:
        out["coord_sys"] = str(options.coord_sys or CoordSys.WGS84) if degrees else "wgs84"
    refuse_conflict(out["coord_sys"], options.coord_sys)
    return points


def prepare(frame: pd.DataFrame, options: ImportOptions, origin: str) -> tuple[pd.DataFrame, list[Problem]]:
    """A table of any origin as the `reports` layer, one row a row, and the problems found so far."""
    out, columns = _columns(frame, options)
    points = _place(frame, options, out)
    problems = list(points.problems)
    if "id" in out:
        out["id"] = report_ids(out["id"], origin)
    for name in TIMES:
        if name in out:
            out[name] = with_offset(out[name], options.time_zone)
    if "status" in out:
        out["status"] = out["status"].map(
            lambda word: STATUS_WORDS.get(word.casefold(), word), na_action="ignore"
        )
    if "closed_at" in out and "status" in out:
        # A system that keeps no closing time of a closed case cannot have closed it here.
        lost = (out["status"] == "closed") & out["closed_at"].isna()
        problems += row_problems(
            lost,
            columns.get("closed_at", "closed_at"),
            "closed_mismatch",
            "已办结但没有办结时间",
            "closed without a closing time",
        )
    return out, problems


# A sample plants reports that intake must refuse; they are left out and counted.
PLANTED = frozenset({"outside_service_area", "swapped_axes"})


def load_reports(session: Session, path: Path) -> tuple[Counts, list[Problem]]:
    """Load the reports of a sample, which are in the layer's own columns; planted bad rows come back.

    Raises InvalidFile where a row is bad in any other way.
    """
    frame = read_table(path).frame.apply(as_text)
    history = load_history(session, frame)
    unforeseen = [problem for problem in history.problems if problem.code not in PLANTED]
    if unforeseen:
        raise InvalidFile(unforeseen, rows=len(frame))
    return Counts(history.inserted, 0, history.unchanged), history.problems


def import_reports(engine: Engine, path: Path, options: ImportOptions, progress: Progress) -> ImportReport:
    """Import a file of reports of any origin; see `gis.intake.service.import_layer`."""
    progress("读取文件 / reading the file", 0, 1)
    table = read_table(path, layer=options.layer, encoding=options.encoding)
    frame, problems = prepare(table.frame, options, options.origin or path.stem)
    bad = np.zeros(len(frame), dtype=bool)
    bad[[problem.row - 1 for problem in problems if problem.row is not None]] = True
    rows = np.flatnonzero(~bad)
    progress("读取文件 / reading the file", 1, 1)
    progress("入库 / storing", 0, len(rows))
    with transaction(engine, keep=not options.dry_run) as session:
        history = load_history(session, frame.iloc[rows].reset_index(drop=True))
        problems += [replace(p, row=int(rows[p.row - 1]) + 1 if p.row else None) for p in history.problems]
        problems.sort(key=lambda problem: problem.row or 0)
        if problems and not options.skip_bad:
            raise InvalidFile(problems, rows=len(frame))
        counts = {"reports": Counts(history.inserted, 0, history.unchanged)}
        note_import(session, "reports", path.name, counts)
    progress("入库 / storing", len(rows), len(rows))
    placed = int(np.isfinite(frame["lon"]).sum())
    return ImportReport(
        "reports",
        path.name,
        len(frame),
        counts,
        problems,
        table.notes,
        options.dry_run,
        {"with_coordinates": placed},
    )
