"""Writing the trees in bulk: areas with parents, paths and posts, party organisations, departments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from psycopg import sql
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gis.areas.codes import parent_of
from gis.areas.tables import LEVELS, Dataset
from gis.db.orm import SCHEMA
from gis.db.sql import load
from gis.db.staging import (
    Columns,
    Counts,
    LayerTable,
    Reference,
    Unresolved,
    analyze,
    driver,
    save_frame,
    stage,
    unresolved,
)

PACKAGE = "gis.areas"
CURRENT = "valid_to IS NULL"
AREAS = LayerTable(
    "area",
    {"code": "text", "level": "text", "name": "text", "kind": "text", "geom": "geometry"},
    conflict=f"(code) WHERE {CURRENT}",
    insert_only={"path": "'{}'::int4[]"},  # the tree fills it
)
POSTS = ("grid_lead", "grid_worker", "substitute")
_TREES = {
    "party_org": {"code": "text", "kind": "text", "name": "text"},
    "department": {"code": "text", "name": "text"},
}


def default_parents(codes: pd.Series[Any]) -> pd.Series[Any]:
    """The parent code that a 4, 6, 9, 12 or 15 digit code implies, None for others."""
    return codes.map(parent_of).astype(object)


def save_areas(session: Session, columns: Mapping[str, Any]) -> tuple[Counts, list[Unresolved]]:
    """Upsert the current version of areas with their parents and paths.

    A given `parent` must exist in the file or the database, else its rows come back and nothing is written.
    Without one the parent follows from the code where that area exists.
    """
    frame = dict(columns)
    codes = pd.Series(frame["code"], dtype=object).reset_index(drop=True)
    given = pd.Series(
        frame.pop("parent", None) if "parent" in frame else np.nan, index=codes.index, dtype=object
    )
    implied = given.isna()
    parents = given.where(~implied, default_parents(codes))
    stage(
        session, "stage_parents", {"code": ("text", codes), "parent": ("text", given.where(~implied, None))}
    )
    inside = "r.valid_to IS NULL"
    lost = unresolved(session, "stage_parents", Reference("parent", "parent_id", "area", inside))
    present = set(codes)
    lost = [row for row in lost if row.value not in present]
    if lost:
        return Counts(), lost
    counts, _ = save_frame(session, AREAS, frame)
    stage(session, "stage_area", {"code": ("text", codes), "parent": ("text", parents)})
    driver(session).execute(load(PACKAGE, "set_parents").text)
    driver(session).execute(load(PACKAGE, "set_paths").text)
    _save_posts(session, codes, columns)
    analyze(session, "area")
    return counts, []


def _save_posts(session: Session, codes: pd.Series[Any], columns: Mapping[str, Any]) -> None:
    parts = [
        pd.DataFrame({"area": codes, "role": role, "post": pd.Series(columns[role]).to_numpy(dtype=object)})
        for role in POSTS
        if role in columns
    ]
    posts = pd.concat(parts) if parts else pd.DataFrame(columns=["area"])
    posts = posts.dropna()
    if len(posts):
        stage(session, "stage_posts", {name: ("text", posts[name]) for name in ("area", "role", "post")})
        driver(session).execute(load(PACKAGE, "save_posts").text)


def save_tree(session: Session, table: str, frame: pd.DataFrame) -> Counts:
    """Upsert `party_org` or `department` rows (text columns code, name, parent, kind), their parents and paths."""
    layer = LayerTable(table, _TREES[table])
    counts, _ = save_frame(
        session, layer, {name: frame[name] for name in frame.columns if name in layer.kinds}
    )
    if "parent" in frame:
        stage(session, "stage_tree", {name: ("text", frame[name]) for name in ("code", "parent")})
        driver(session).execute(
            sql.SQL(
                "UPDATE {0} child SET parent_id = parent.id FROM stage_tree s JOIN {0} parent ON parent.code = s.parent "
                "WHERE child.code = s.code AND child.parent_id IS DISTINCT FROM parent.id"
            ).format(sql.Identifier(SCHEMA, table))
        )
    if table == "department":
        driver(session).execute(load(PACKAGE, "set_department_paths").text)
    return counts


def save_party_areas(session: Session, frame: pd.DataFrame) -> None:
    """Link party organisations with areas (columns party_org, area, valid_from)."""
    columns: Columns = {name: ("text", frame[name]) for name in ("party_org", "area", "valid_from")}
    stage(session, "stage_party_areas", columns)
    driver(session).execute(load(PACKAGE, "save_party_areas").text)


def set_service_area(session: Session, name: str) -> str | None:
    """Make the outline of the highest level present the service area; returns that level, None without areas."""
    present = {
        row[0] for row in driver(session).execute("SELECT DISTINCT level FROM area WHERE valid_to IS NULL")
    }
    level = next((level for level in ("district", *LEVELS) if level in present), None)
    if level is not None:
        session.execute(load(PACKAGE, "set_service_area"), {"name": name, "level": level})
    return level


OUTLINE = "outline"


def follow_service_area(session: Session) -> None:
    """Keep the service area the outline of what is loaded, unless an operator or a sample has named another."""
    named = driver(session).execute("SELECT name FROM service_area").fetchall()
    if all(row[0] == OUTLINE for row in named):
        set_service_area(session, OUTLINE)


def record_dataset(session: Session, name: str, *, is_sample: bool, summary: dict[str, Any]) -> None:
    """Say what was loaded; a sample marks every map."""
    row = {"name": name, "is_sample": is_sample, "summary": summary}
    statement = insert(Dataset).values(**row)
    session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))
