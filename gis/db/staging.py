"""Bulk upsert by natural key: COPY into a typed temporary table, then one set-based statement.

Only columns that are given are written; a row that says what is stored already is not touched, so that the
same file loaded twice changes nothing and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import psycopg
from psycopg import sql
from sqlalchemy.orm import Session

from gis.db.copy import copy_columns
from gis.db.orm import SCHEMA

Columns = Mapping[str, tuple[str, Any]]
ROW = "_row"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows an upsert inserted, updated and left unchanged."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.inserted + other.inserted, self.updated + other.updated, self.unchanged + other.unchanged
        )


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that names another table's row by code: staged `column`, stored as `target` = `table`.id."""

    column: str
    target: str
    table: str
    where: str = "true"


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A staged row (from 0) whose reference names nothing."""

    row: int
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Beside:
    """A table that holds further columns of a layer, one row a stored row: `key` is that row's id."""

    table: str
    key: str
    kinds: Mapping[str, str]


def driver(session: Session) -> psycopg.Connection[Any]:
    """The psycopg connection under a session, inside its transaction."""
    connection: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    return connection


def stage(session: Session, name: str, columns: Columns) -> int:
    """COPY columns into a new temporary table `name`, gone at the end of the transaction; `_row` counts from 0."""
    connection = driver(session)
    fields = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
        for column, (kind, _) in columns.items()
    )
    table = sql.Identifier(name)
    connection.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(table))
    connection.execute(
        sql.SQL("CREATE TEMPORARY TABLE {} ({} int4, {}) ON COMMIT DROP").format(
            table, sql.Identifier(ROW), fields
        )
    )
    rows = len(next(iter(columns.values()))[1])
    copy_columns(connection, table, {ROW: ("int4", np.arange(rows)), **columns})
    connection.execute(sql.SQL("ANALYZE {}").format(table))
    return rows


def unresolved(session: Session, name: str, reference: Reference) -> list[Unresolved]:
    """Staged rows whose reference names no stored row."""
    query = sql.SQL(
        "SELECT s.{row}, s.{column} FROM {stage} s WHERE s.{column} IS NOT NULL AND NOT EXISTS "
        "(SELECT FROM {table} r WHERE r.code = s.{column} AND {where}) ORDER BY 1"
    ).format(
        row=sql.Identifier(ROW),
        column=sql.Identifier(reference.column),
        stage=sql.Identifier(name),
        table=sql.Identifier(SCHEMA, reference.table),
        where=sql.SQL(reference.where),
    )
    return [Unresolved(row, reference.column, value) for row, value in driver(session).execute(query)]


def upsert(
    session: Session,
    table: str,
    name: str,
    columns: Sequence[str],
    *,
    references: Sequence[Reference] = (),
    conflict: str = "(code)",
    insert_only: Mapping[str, str] | None = None,
    beside: tuple[Beside, Sequence[str]] | None = None,
) -> Counts:
    """Write staged rows into `table` by its unique key; `conflict` is the conflict target.

    `columns` are staged columns of the same name in `table`; references are resolved to ids by code;
    `insert_only` are SQL expressions for columns that new rows get and stored rows keep; `beside` is a table for
    the given further columns, whose changes count as changes of the row.
    """
    fixed = insert_only or {}
    named = {reference.column for reference in references}
    plain = [column for column in columns if column not in named]
    targets = [*plain, *(reference.target for reference in references)]
    source: list[sql.Composable] = [sql.SQL("s.{}").format(sql.Identifier(column)) for column in plain]
    joins: sql.Composable = sql.SQL("")
    for number, reference in enumerate(references):
        alias = sql.Identifier(f"r{number}")
        source.append(sql.SQL("{}.id").format(alias))
        joins += sql.SQL(" LEFT JOIN {} {} ON {}.code = s.{} AND {}").format(
            sql.Identifier(SCHEMA, reference.table),
            alias,
            alias,
            sql.Identifier(reference.column),
            sql.SQL(reference.where.replace("r.", f"r{number}.")),
        )
    changed = [column for column in targets if column != "code"]
    targets += list(fixed)
    source += [sql.SQL(expression) for expression in fixed.values()]
    query = sql.SQL(
        "WITH written AS (INSERT INTO {table} AS old ({targets}) SELECT {source} FROM {stage} s{joins} "
        "ORDER BY s.{row} ON CONFLICT {conflict} DO UPDATE SET {assign} WHERE {differs} "
        "RETURNING id, code, (xmax = 0) AS fresh){beside}, "
        "touched AS (SELECT id, bool_or(fresh) AS fresh FROM ({seen}) AS each GROUP BY id) "
        "SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh), (SELECT count(*) FROM {stage}) "
        "FROM touched"
    ).format(
        table=sql.Identifier(SCHEMA, table),
        targets=sql.SQL(", ").join(map(sql.Identifier, targets)),
        source=sql.SQL(", ").join(source),
        stage=sql.Identifier(name),
        joins=joins,
        row=sql.Identifier(ROW),
        conflict=sql.SQL(conflict),
        assign=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in changed),
        differs=_differs(changed),
        beside=_write_beside(table, name, *beside) if beside else sql.SQL(""),
        seen=sql.SQL(
            "SELECT id, fresh FROM written" + (" UNION ALL SELECT id, false FROM beside" if beside else "")
        ),
    )
    inserted, updated, total = driver(session).execute(query).fetchone() or (0, 0, 0)
    return Counts(inserted, updated, total - inserted - updated)


def _differs(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(" OR ").join(
        sql.SQL("old.{0} IS DISTINCT FROM excluded.{0}").format(sql.Identifier(column)) for column in columns
    )


def _write_beside(table: str, name: str, beside: Beside, columns: Sequence[str]) -> sql.Composable:
    """The part of an upsert that writes the table beside; a row without any of its columns gets none."""
    return sql.SQL(
        ", beside AS (INSERT INTO {beside} AS old ({key}, {columns}) SELECT o.id, {values} FROM {stage} s "
        "JOIN (SELECT id, code FROM written UNION SELECT id, code FROM {table}) o ON o.code = s.code "
        "WHERE num_nonnulls({values}) > 0 OR EXISTS (SELECT FROM {beside} x WHERE x.{key} = o.id) "
        "ORDER BY s.{row} ON CONFLICT ({key}) DO UPDATE SET {assign} WHERE {differs} RETURNING {key} AS id)"
    ).format(
        beside=sql.Identifier(SCHEMA, beside.table),
        key=sql.Identifier(beside.key),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(sql.SQL("s.{}").format(sql.Identifier(c)) for c in columns),
        stage=sql.Identifier(name),
        table=sql.Identifier(SCHEMA, table),
        row=sql.Identifier(ROW),
        assign=sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(c)) for c in columns),
        differs=_differs(columns),
    )


def analyze(session: Session, *tables: str) -> None:
    """Refresh the planner's statistics of tables that were just loaded."""
    for table in tables:
        driver(session).execute(sql.SQL("ANALYZE {}").format(sql.Identifier(SCHEMA, table)))


@dataclass(frozen=True, slots=True)
class LayerTable:
    """How a layer's frame is stored: its table, the PostgreSQL kind of each column, references by code."""

    table: str
    kinds: Mapping[str, str]
    references: tuple[Reference, ...] = ()
    conflict: str = "(code)"
    insert_only: Mapping[str, str] = field(default_factory=dict)
    beside: Beside | None = None


def save_frame(
    session: Session, layer: LayerTable, columns: Mapping[str, Any]
) -> tuple[Counts, list[Unresolved]]:
    """Upsert a layer given as columns (shapely for `geom`); unknown columns are ignored.

    Nothing is written when a reference names nothing: those rows come back instead.
    """
    also = layer.beside.kinds if layer.beside else {}
    kinds = {**layer.kinds, **also}
    known = {name: (kinds[name], values) for name, values in columns.items() if name in kinds}
    further = [column for column in known if column in also]
    if not len(next(iter(known.values()))[1]):
        return Counts(), []
    name = f"stage_{layer.table}"
    stage(session, name, known)
    references = [reference for reference in layer.references if reference.column in known]
    lost = [row for reference in references for row in unresolved(session, name, reference)]
    if lost:
        return Counts(), lost
    counts = upsert(
        session,
        layer.table,
        name,
        [column for column in known if column not in also],
        references=references,
        conflict=layer.conflict,
        insert_only=layer.insert_only,
        beside=(layer.beside, further) if layer.beside and further else None,
    )
    return counts, []
