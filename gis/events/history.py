"""Reports of the past, in bulk: located together, stored by a handful of statements, each event with its log."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.areas import store as areas
from gis.areas.locate import locate_many
from gis.areas.model import Method
from gis.base.errors import Problem, Unavailable
from gis.base.ids import uuid7
from gis.db.sql import load
from gis.db.staging import analyze, stage
from gis.events.history_rules import Checked, check_history
from gis.events.store import LOCAL_ZONE
from gis.events.tracking import new_tracking_codes

PACKAGE = "gis.events"
STAGE = "history_stage"
BODY = (
    "category", "source", "text", "address", "lon", "lat", "coord_sys", "accuracy_m", "urgency", "occurred_at",
    "reported_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """What became of a frame: reports stored, reports that were there already, rows that were left out."""

    inserted: int
    unchanged: int
    problems: list[Problem]


def load_history(session: Session, frame: pd.DataFrame, *, first_row: int = 1) -> History:
    """Store the reports of a frame (columns of the `reports` layer), each with its event and log.

    Rows that break a rule are left out and named (`row` counts from `first_row`); the caller decides whether
    they fail the import. A report that is there already, with the same content, is left alone. The past may
    lie anywhere on earth: the service area bounds intake only. Areas must be loaded (Unavailable
    `areas_missing`, Invalid `no_grids`).
    """
    departments = session.scalars(text("SELECT code FROM department"))
    checked = check_history(frame, _categories(session), departments, first_row=first_row)
    _locate(session, checked)
    if not (~checked.bad).any():
        return History(0, 0, checked.problems)
    _stage(session, checked)
    same = _leave_taken(session, checked)
    session.execute(load(PACKAGE, "history_number"), {"zone": LOCAL_ZONE})
    inserted = int(session.execute(text("SELECT count(*) FROM history_new")).scalar_one())
    for step in ("history_events", "history_reports", "history_log"):
        session.execute(load(PACKAGE, step))
    session.execute(text(f"DROP TABLE {STAGE}, history_new"))
    analyze(session, "report", "event", "event_log")
    return History(inserted, same, checked.problems)


def _categories(session: Session) -> list[str]:
    return [f"{row.scheme}:{row.kind}:{row.code}" for row in session.execute(load(PACKAGE, "categories"))]


def _locate(session: Session, checked: Checked) -> None:
    """Grid, scope area, method, border distance and confirmation of every good row, as columns."""
    table, grids = checked.columns, areas.grid_index(session)
    found = locate_many(grids.index, table["x"].to_numpy(), table["y"].to_numpy())
    owned = found.grid >= 0
    grid_ids = np.where(owned, grids.ids[found.grid], -1)
    table["grid_id"] = pd.array(np.where(owned, grid_ids, 0), dtype="Int64")
    table.loc[~owned, "grid_id"] = pd.NA
    table["method"] = found.labels()
    table["border_distance_m"] = found.border_distance_m
    with np.errstate(invalid="ignore"):
        table["confirm"] = (found.method == Method.NEAREST) | (
            table["accuracy_m"].to_numpy() > found.border_distance_m
        )
    good = np.flatnonzero(~checked.bad)
    table["scope_area_id"] = table["grid_id"]
    if good.size and not owned[good].all():
        first = good[np.flatnonzero(~owned[good])[0]]
        x, y = table[["x", "y"]].to_numpy()[first].tolist()
        rest = areas.locate(session, x, y).scope_area_id
        if rest is None:
            raise Unavailable("areas_missing", "尚未导入区域", "No areas are loaded yet")
        table["scope_area_id"] = table["scope_area_id"].fillna(rest)


def _stage(session: Session, checked: Checked) -> None:
    rows = np.flatnonzero(~checked.bad)
    good = checked.columns.iloc[rows].reset_index(drop=True)
    # Pinned: a report of history is the same report when these columns are the same.
    body = [good[name].astype(object).where(good[name].notna(), "").astype(str) for name in BODY]
    millis = (good["reported_at"].astype("int64") // 1000).tolist()
    kinds = {
        "float8": ("lon", "lat", "x", "y", "accuracy_m", "border_distance_m"),
        "text": (
            "id",
            "category",
            "source",
            "text",
            "address",
            "urgency",
            "status",
            "coord_sys",
            "method",
            "department",
        ),
        "int4": ("grid_id", "scope_area_id"),
        "bool": ("confirm",),
    }
    columns = {name: (kind, good[name]) for kind, names in kinds.items() for name in names}
    columns |= {f"{n}_us": ("int8", good[f"{n}_at"]) for n in ("occurred", "reported", "closed")}
    columns["body"] = ("text", reduce(lambda left, right: left + "\x1f" + right, body))
    columns["event_id"] = ("text", pd.Series([str(uuid7(moment)) for moment in millis]))
    columns["tracking_code"] = ("text", pd.Series(new_tracking_codes(len(good))))
    stage(session, STAGE, columns)


def _leave_taken(session: Session, checked: Checked) -> int:
    """Name the staged rows whose id belongs to another report; returns how many are stored already as they are."""
    staged = np.flatnonzero(~checked.bad)
    taken = session.execute(load(PACKAGE, "history_taken")).all()
    other = np.zeros(len(checked.bad), dtype=bool)
    other[staged[[row.row for row in taken if not row.same]]] = True
    checked.refuse(other, "id_taken", "id")
    return sum(row.same for row in taken)
