"""Load a generated sample: every layer file of a directory into the tables of all rooms, in one transaction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.areas import load_store
from gis.base.errors import InvalidFile, NotFound
from gis.base.progress import Progress, silent
from gis.db.engine import lift_limits, unit_of_work
from gis.db.staging import Counts
from gis.events.dispatch.shipped import ship_rules
from gis.formats.tables import read_table
from gis.intake.model import ImportOptions, LayerKind
from gis.intake.parsing import as_text
from gis.intake.reading import read_layer
from gis.intake.reports import load_reports
from gis.intake.storing import finish, store_layer
from gis.intake.transaction import note_import

EXTENSIONS = (".geojson", ".fgb", ".gpkg", ".parquet", ".csv")
STEP = "导入示例城区的步骤 / steps of loading the sample"
LAYERS = tuple(kind for kind in LayerKind if kind is not LayerKind.REPORTS)


def find_layer(directory: Path, name: str) -> Path | None:
    """The file of a layer under any of the known extensions, None where there is none."""
    paths = (directory / f"{name}{extension}" for extension in EXTENSIONS)
    return next((path for path in paths if path.is_file()), None)


def _load(session: Session, kind: LayerKind, path: Path) -> Counts:
    read = read_layer(kind, path, ImportOptions())
    if read.problems:
        raise InvalidFile(read.problems, rows=read.rows)
    counts, lost = store_layer(session, kind, read.columns)
    if lost:
        raise InvalidFile(lost, rows=read.rows)
    return counts


def _table(directory: Path, name: str) -> pd.DataFrame | None:
    path = find_layer(directory, name)
    return None if path is None else read_table(path).frame.apply(as_text)


def _load_organisations(session: Session, directory: Path) -> dict[str, Counts]:
    counts = {}
    for name, table in (("party_orgs", "party_org"), ("departments", "department")):
        frame = _table(directory, name)
        if frame is not None:
            counts[name] = load_store.save_tree(session, table, frame)
    links = _table(directory, "party_org_areas")
    if links is not None:
        load_store.save_party_areas(session, links)
    return counts


def _ship_rules(session: Session) -> None:
    """The shipped dispatch rules, in force where the sample is."""
    city = session.scalar(text("SELECT a.code FROM service_area AS s JOIN area AS a ON a.id = s.area_id"))
    if city is not None:
        ship_rules(session, city)


def _summary(directory: Path) -> dict[str, Any]:
    path = directory / "summary.json"
    summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return summary


def load_sample(engine: Engine, directory: str | Path, progress: Progress = silent) -> dict[str, Counts]:
    """Load a sample directory; returns what was inserted, updated and left unchanged by layer.

    Loading the same sample again changes nothing. Maps are marked as invented from then on. Raises NotFound
    where the directory has no areas, InvalidFile where a layer is bad.
    """
    directory = Path(directory)
    if find_layer(directory, LayerKind.AREAS) is None:
        raise NotFound(
            "sample_missing", f"目录中没有示例数据：{directory.name}", f"no sample in {directory.name}"
        )
    counts: dict[str, Counts] = {}
    steps = len(LAYERS) + 3
    with unit_of_work(engine) as session:
        lift_limits(session)  # files are read and checked in it, on a busy machine for minutes
        for number, kind in enumerate(LAYERS):
            progress(STEP, number, steps)
            path = find_layer(directory, kind)
            if path is not None:
                counts[kind] = _load(session, kind, path)
            if kind is LayerKind.AREAS:
                counts |= _load_organisations(session, directory)
                load_store.set_service_area(session, "sample")
        progress(STEP, len(LAYERS), steps)
        finish(session)
        progress(STEP, len(LAYERS) + 1, steps)
        summary, reports = _summary(directory), find_layer(directory, LayerKind.REPORTS)
        if reports is not None:
            counts[LayerKind.REPORTS], refused = load_reports(session, reports)
            summary["reports_refused"] = len(refused)
        load_store.record_dataset(session, "sample", is_sample=True, summary=summary)
        _ship_rules(session)
        note_import(session, "sample", directory.name, counts)
    progress(STEP, steps, steps)
    return counts
