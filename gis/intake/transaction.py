"""The transaction of an import: kept at the end, on record, or thrown away by a dry run that did everything for true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.db.engine import lift_limits, unit_of_work
from gis.db.staging import Counts


class _DryRun(Exception):
    """Ends the transaction of a dry run."""


@contextmanager
def transaction(engine: Engine, *, keep: bool) -> Iterator[Session]:
    """A unit of work that is rolled back at the end unless `keep`."""
    try:
        with unit_of_work(engine) as session:
            lift_limits(session)  # files are read and checked in it, on a busy machine for minutes
            yield session
            if not keep:
                raise _DryRun
    except _DryRun:
        return


def note_import(session: Session, what: str, file: str, counts: Mapping[str, Counts]) -> None:
    """Put an import on record in its own transaction: one row for all of it, with what became of each layer."""
    layers = {str(name): [c.inserted, c.updated, c.unchanged] for name, c in counts.items()}
    record(session, "dataset.import", "dataset", what, details={"file": file, "layers": layers})
