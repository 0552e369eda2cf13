"""Alembic's environment: called by `gis.db.connect.migrate` with an open connection, never by hand."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers

from gis.db.orm import SCHEMA, Base

# The rooms that keep tables. They stand to the right of `db`, so they are named, not imported above.
ROOMS = ("accounts", "jobs", "areas", "register", "walking", "coverage", "events")


def _load_tables() -> None:
    for room in ROOMS:
        if importlib.util.find_spec(f"gis.{room}") and importlib.util.find_spec(f"gis.{room}.tables"):
            importlib.import_module(f"gis.{room}.tables")


def _include_object(thing: Any, name: Any, kind: Any, reflected: bool, other: Any) -> bool:
    """Only our own schema: PostGIS keeps its tables in `public`."""
    if kind == "table" and thing.schema != SCHEMA:
        return False
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, other))  # type: ignore[no-untyped-call]


def _run() -> None:
    _load_tables()
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=Base.metadata,
        version_table_schema=SCHEMA,
        include_schemas=True,
        include_name=lambda name, kind, _: kind != "schema" or name == SCHEMA,
        include_object=_include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
