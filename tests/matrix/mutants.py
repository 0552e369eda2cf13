"""What the tests of the matrix take away to see whether it is missed, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from gis.db.api_role import API_ROLE
from gis.db.sql import load
from gis.db.visible import CONDITIONS
from gis.events import filters
from tests.database import ROOT
from tests.matrix.conftest import Stage
from tests.matrix.sql_cases import HIDDEN, ROWS

# `audit_write` has a test of its own. Nobody is granted the columns that say whose a scenario is and of which area, so
# that the check of `scenario_change` repeats its USING for whoever grants them one day.
NOT_ALONE = frozenset({("audit_write", "WITH CHECK"), ("scenario_change", "WITH CHECK")})
BY_COLUMNS = frozenset({"scenario"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One thing taken away, and what brings it back."""

    name: str
    do: str
    undo: str


def policies(stage: Stage) -> list[tuple[str, str, Mutant]]:
    """Every policy of the web edge opened, and taken away where it is the only one of its verb."""
    with stage.owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'wangge'"
                " AND :role = ANY(roles) ORDER BY 1, 2"
            ),
            {"role": API_ROLE},
        ).all()
    found = []
    for table, name, verb, using, check in rows:
        on = f"{name} ON wangge.{table}"
        parts = {"USING": using, "WITH CHECK": check}
        for word, rule in parts.items():
            if rule is not None and (name, word) not in NOT_ALONE:
                do, undo = f"ALTER POLICY {on} {word} (true)", f"ALTER POLICY {on} {word} ({rule})"
                found.append((table, verb, Mutant(f"{table}.{name} {word} (true)", do, undo)))
        whole = " ".join(f"{word} ({rule})" for word, rule in parts.items() if rule is not None)
        again = f"CREATE POLICY {on} FOR {verb} TO {API_ROLE} {whole}"
        if sum(row.tablename == table and row.cmd == verb for row in rows) == 1:
            found.append((table, verb, Mutant(f"{table}.{name} dropped", f"DROP POLICY {on}", again)))
    return found


@contextmanager
def changed(stage: Stage, mutant: Mutant) -> Iterator[None]:
    with stage.owner.begin() as connection:
        connection.exec_driver_sql(mutant.do)
    try:
        yield
    finally:
        with stage.owner.begin() as connection:
            connection.exec_driver_sql(mutant.undo)


@contextmanager
def all_columns(stage: Stage, table: str) -> Iterator[None]:
    """Every column of a table granted for changing, so that the policy stands alone."""
    with stage.owner.begin() as connection:
        columns = connection.scalars(
            text(
                "SELECT column_name FROM information_schema.column_privileges WHERE table_schema = 'wangge'"
                " AND table_name = :table AND privilege_type = 'UPDATE' AND grantee = :role"
            ),
            {"table": table, "role": API_ROLE},
        ).all()
        connection.exec_driver_sql(f"GRANT UPDATE ON wangge.{table} TO {API_ROLE}")
    try:
        yield
    finally:
        with stage.owner.begin() as connection:
            connection.exec_driver_sql(f"REVOKE UPDATE ON wangge.{table} FROM {API_ROLE}")
            named = ", ".join(columns)
            connection.exec_driver_sql(f"GRANT UPDATE ({named}) ON wangge.{table} TO {API_ROLE}")


def flags() -> list[tuple[str, str]]:
    return [(table, flag) for table in (*ROWS, *HIDDEN) for flag in ("NO FORCE", "DISABLE")]


def marks() -> list[tuple[str, str, str, int]]:
    """Every mark of a condition in every statement: package, statement, mark, which of its places."""
    found = []
    for path in sorted(Path(ROOT, "gis").glob("**/sql/*.sql")):
        package = ".".join(path.parent.parent.relative_to(ROOT).parts)
        for mark in CONDITIONS:
            for at in range(path.read_text(encoding="utf-8").count(mark)):
                found.append((package, path.stem, mark, at))  # noqa: PERF401
    return found


# The operations a statement serves; whatever else it serves adds nothing to the proof.
SERVES = {
    "areas_below": ("list_areas",), "area_card": ("read_area",),
    "event_page": ("list_events",), "event_members": ("list_events", "read_event"),
    "event_summary": ("event_summary",), "photo_shown": ("read_photo",), "contact_scope": ("reveal_contact",),
    "event_one": ("read_event",), "tile_coverage": ("coverage_tile",), "tile_grids": ("tile",),
    "event_due": ("list_events",), "inbox": ("read_inbox",), "unplaced": ("list_unplaced",),
    "unplaced_count": ("list_unplaced",),
    "tasks": ("list_inspections",), "summary": ("rating_summary",), "event_asked": ("explain_dispatch",),
    "numbers": ("simulate_rule_set",), "notices": ("list_notices",), "event_seen": ("say_me_too",),
    "merge_target": ("take_command",), "similar": ("similar_events",),
}  # fmt: skip


@contextmanager
def without(package: str, name: str, mark: str, at: int) -> Iterator[None]:
    """The statement with one mark gone, so that its condition is never put."""
    statement = load(package, name)
    whole = statement.text
    parts = whole.split(mark)
    statement.text = mark.join(parts[: at + 1]) + mark.join(["", *parts[at + 1 :]])[len(mark) :]
    _forget()
    try:
        yield
    finally:
        statement.text = whole
        _forget()


def _forget() -> None:
    for one in vars(filters).values():
        if hasattr(one, "cache_clear") and one is not load:
            one.cache_clear()
