"""What a user asks: import one layer, import an OpenStreetMap extract. All or nothing, one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.base.errors import InvalidFile, Problem
from gis.db.engine import unit_of_work
from gis.db.staging import Counts
from gis.formats.osm import read_osm
from gis.intake.fields import SPECS
from gis.intake.model import ImportOptions, ImportReport, LayerKind, Progress, silent
from gis.intake.overlaps import check_tiling, tiling_problems
from gis.intake.reading import Read, from_frame, read_layer
from gis.intake.storing import finish, store_layer


class _DryRun(Exception):
    """Ends the transaction of a dry run without keeping anything."""


@contextmanager
def _transaction(engine: Engine, *, keep: bool) -> Iterator[Session]:
    try:
        with unit_of_work(engine) as session:
            yield session
            if not keep:
                raise _DryRun
    except _DryRun:
        return


def _check_areas(read: Read, options: ImportOptions) -> dict[str, float]:
    """Overlaps refuse the file (or are noted where allowed), gaps are noted; adds to `read`."""
    level = read.columns["level"].fillna("")
    parent = read.columns.get("parent", pd.Series([""] * read.rows, dtype=object)).fillna("")
    tiling = check_tiling(read.columns["geom"], level.str.cat(parent, sep=" "))
    overlaps, gaps = tiling_problems(tiling, read.columns["code"])
    (read.notes if options.allow_overlaps else read.problems).extend(overlaps)
    read.notes.extend(gaps)
    return {"overlaps": len(overlaps), "overlap_m2": round(tiling.overlap_m2, 1), "gaps": len(gaps)}


def _refuse(problems: list[Problem], rows: int, *, skip_bad: bool) -> None:
    whole = any(problem.row is None for problem in problems)
    if problems and (whole or not skip_bad):
        raise InvalidFile(sorted(problems, key=lambda problem: problem.row or 0), rows=rows)


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
        from gis.intake.reports import import_reports

        return import_reports(engine, path, options, progress)
    progress("read", 0, None)
    read = read_layer(kind, path, options)
    progress("check", read.rows, read.rows)
    counted = _check_areas(read, options) if kind is LayerKind.AREAS else {}
    _refuse(read.problems, read.rows, skip_bad=options.skip_bad)
    good = ~read.bad_rows()
    with _transaction(engine, keep=not options.dry_run) as session:
        progress("store", 0, int(good.sum()))
        counts, lost = store_layer(session, kind, read.keep(good), np.flatnonzero(good))
        if lost:
            raise InvalidFile(sorted(read.problems + lost, key=lambda p: p.row or 0), rows=read.rows)
        finish(session)
    progress("store", int(good.sum()), int(good.sum()))
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
    progress("read", 0, None)
    extract = read_osm(path)
    counts: dict[str, Counts] = {}
    problems: list[Problem] = []
    rows, known = 0, set[str]()
    with _transaction(engine, keep=not options.dry_run) as session:
        for number, kind in enumerate(OSM_LAYERS):
            progress(str(kind), number, len(OSM_LAYERS))
            frame = extract.layers[kind]
            rows += len(frame)
            read = from_frame(kind, SPECS[kind], frame, ImportOptions(), [], [])
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
        progress("finish", len(OSM_LAYERS), len(OSM_LAYERS))
        finish(session)
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
