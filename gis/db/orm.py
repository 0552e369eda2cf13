"""The declarative base of every table: own schema, fixed constraint names."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

SCHEMA = "wangge"
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables; they live in the schema `wangge`."""

    metadata = MetaData(schema=SCHEMA, naming_convention=NAMING)


def one_of(column: str, values: Sequence[str]) -> str:
    """The words of a check that a column has one of these values.

    As one constant: what `IN` is stored as, a node for each value, every statement that writes reads anew.
    """
    return f"{column} = ANY ('{{{','.join(values)}}}'::text[])"
