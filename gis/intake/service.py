"""What a user asks: import one layer, import an OpenStreetMap extract. All or nothing, one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from gis.base.errors import InvalidFile, Problem
from gis.base.progress import Progress, silent
from gis.db.staging import Counts
from gis.formats.osm import read_osm
from gis.intake.model import ImportOptions, ImportReport, LayerKind
from gis.intake.overlaps import check_tiling, tiling_problems
from gis.intake.reading import Read, from_frame, read_layer
from gis.intake.reports import import_reports
from gis.intake.storing import finish, store_layer
from gis.intake.transaction import note_import, transaction

READING, STORING = "读取文件 / reading the file", "入库 / storing"


def _check_areas(read: Read, options: ImportOptions) -> dict[str, float]:
    """Overlaps refuse the file (or are noted where allowed), gaps are noted; adds to `read`."""
    level = read.columns["level"].fillna("")
    parent = read.columns.get("parent", pd.Series([""] * read.rows, dtype=object)).fillna("")
    tiling = check_tiling(read.columns["geom"], level.str.cat(parent, sep=" "))
    overlaps, gaps = tiling_problems(tiling, read.columns["code"])
    (read.notes if options.allow_overlaps else read.problems).extend(overlaps)
    read.notes.extend(gaps)
    return {"overlaps": len(overlaps), "overlap_m2": round(tiling.overlap_m2, 1), "gaps": len(gaps)}


def _refuse(read: Read, counted: dict[str, float], *, skip_bad: bool) -> None:
    whole = any(problem.row is None for problem in read.problems)
    if read.problems and (whole or not skip_bad):
        error = InvalidFile(sorted(read.problems, key=lambda problem: problem.row or 0), rows=read.rows)
        error.facts["counted"] = counted
        raise error


def import_layer(
    engine: Engine,
    kind: LayerKind | str,
    path: str | Path,
    options: ImportOptions | None = None,
    progress: Progress = silent,
) -> ImportReport:
    """Import one file as a layer, keyed by `code`: what is there already is updated, what is equal stays.

    Raises InvalidFile with every problem, and nothing is stored, unless `skip_bad` leaves the bad rows out.
    A dry run does everything and keeps nothing, so that its counts are true.
    """
    kind, path, options = LayerKind(kind), Path(path), options or ImportOptions()
    if kind is LayerKind.REPORTS:
        return import_reports(engine, path, options, progress)
    progress(READING, 0, 1)
    read = read_layer(kind, path, options)
    progress(READING, 1, 1)
    counted = _check_areas(read, options) if kind is LayerKind.AREAS else {}
    _refuse(read, counted, skip_bad=options.skip_bad)
    good = ~read.bad_rows()
    with transaction(engine, keep=not options.dry_run) as session:
        progress(STORING, 0, int(good.sum()))
        counts, lost = store_layer(session, kind, read.keep(good), read.file_row[good])
        if lost:
            raise InvalidFile(sorted(read.problems + lost, key=lambda p: p.row or 0), rows=read.rows)
        finish(session)
        note_import(session, str(kind), path.name, {str(kind): counts})
    progress(STORING, int(good.sum()), int(good.sum()))
    return ImportReport(
        str(kind),
        path.name,
        read.rows,
        {str(kind): counts},
        read.problems,
        read.notes,
        options.dry_run,
        counted,
    )


OSM_LAYERS = (
    LayerKind.BUILDINGS, LayerKind.ENTRANCES, LayerKind.GATES, LayerKind.STATIONS, LayerKind.STREETS,
    LayerKind.BARRIERS,
)  # fmt: skip


def import_osm(
    engine: Engine, path: str | Path, options: ImportOptions | None = None, progress: Progress = silent
) -> ImportReport:
    """Import an OpenStreetMap extract into buildings, entrances, gates, stations, streets and barriers.

    What the map itself has broken (an outline that cannot be assembled, an invalid polygon) is left out and
    named; an extract is never perfect, so these do not refuse the file.
    """
    path, options = Path(path), options or ImportOptions()
    progress(READING, 0, 1)
    extract = read_osm(path)
    progress(READING, 1, 1)
    counts: dict[str, Counts] = {}
    problems: list[Problem] = []
    rows, known = 0, set[str]()
    with transaction(engine, keep=not options.dry_run) as session:
        for number, kind in enumerate(OSM_LAYERS):
            progress(STORING, number, len(OSM_LAYERS))
            frame = extract.layers[kind]
            rows += len(frame)
            read = from_frame(kind, frame, ImportOptions(), [], [])
            named = [_with_code(problem, read) for problem in read.problems]
            good = ~read.bad_rows()
            columns = read.keep(good)
            columns = _of_known(kind, columns, known)
            if kind is LayerKind.BUILDINGS:
                known = set(columns["code"])
            counts[kind], lost = store_layer(session, kind, columns)
            if lost:
                raise InvalidFile(lost, rows=rows)
            problems += named
        finish(session)
        note_import(session, "osm", path.name, counts)
    progress(STORING, len(OSM_LAYERS), len(OSM_LAYERS))
    return ImportReport(
        "osm", path.name, rows, counts, problems, extract.notes, options.dry_run, extract.counted
    )


def _with_code(problem: Problem, read: Read) -> Problem:
    """A problem that names the map object instead of a row of a file that has none."""
    code = read.columns["code"].iloc[problem.row - 1] if problem.row else None
    return Problem(
        problem.row, problem.field, problem.code, problem.zh, problem.en, f"{code}: {problem.value or ''}"
    )


def _of_known(kind: LayerKind, columns: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """Without the doors of buildings that were left out; stations in such buildings stand for themselves."""
    if "building" not in columns:
        return columns
    there = columns["building"].isin(known)
    if kind is LayerKind.STATIONS:
        return columns | {"building": columns["building"].where(there, None)}
    mask = there.to_numpy(dtype=bool)
    return {
        name: values[mask].reset_index(drop=True) if isinstance(values, pd.Series) else values[mask]
        for name, values in columns.items()
    }
