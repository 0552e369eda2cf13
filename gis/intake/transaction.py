"""The transaction of an import: kept at the end, or thrown away by a dry run that did everything for true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.db.engine import unit_of_work


class _DryRun(Exception):
    """Ends the transaction of a dry run."""


@contextmanager
def transaction(engine: Engine, *, keep: bool) -> Iterator[Session]:
    """A unit of work that is rolled back at the end unless `keep`."""
    try:
        with unit_of_work(engine) as session:
            yield session
            if not keep:
                raise _DryRun
    except _DryRun:
        return
