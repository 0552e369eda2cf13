"""Alembic's environment: called by `gis.db.connect.migrate` with an open connection, never by hand."""

from __future__ import annotations

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers

from gis.db.orm import SCHEMA, Base
from gis.db.table_modules import import_tables


def _include_object(thing: Any, name: Any, kind: Any, reflected: bool, other: Any) -> bool:
    """Only our own schema: PostGIS keeps its tables in `public`."""
    if kind == "table" and thing.schema != SCHEMA:
        return False
    return bool(alembic_helpers.include_object(thing, name, kind, reflected, other))  # type: ignore[no-untyped-call]


def _run() -> None:
    import_tables()
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
