"""Named SQL: one statement a file under `<room>/sql/`, parameters written `:name`."""

from __future__ import annotations

from functools import cache
from importlib import resources

from sqlalchemy import TextClause, text


@cache
def load(package: str, name: str) -> TextClause:
    """Read `<package>/sql/<name>.sql` as a statement with bound parameters.

    The header comment of each file states purpose, parameters, SRID and the index it uses.
    """
    return text(resources.files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8"))
