"""Checking chains: whether a row was changed, left out or put elsewhere since it was written.

A tail cut off, or a chain written anew as a whole, is no fault of the chain: that only an anchor kept elsewhere
tells (`gis.accounts.audit_anchor`).
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from sqlalchemy import Engine, text

from gis.db.engine import unit_of_work
from gis.db.sql import load

KINDS = {
    1: ("内容被改动", "the row was changed"),
    2: ("前面缺少行", "rows are missing before it"),
    3: ("与前一行不相连", "it does not hang on the row before"),
}


@dataclass(frozen=True, slots=True)
class Chains:
    """A table of chains; `verify` and `days` are statements of `package` as of `audit_verify`, `audit_days`."""

    table: str
    package: str
    verify: str
    days: str


AUDIT = Chains("audit", "gis.accounts", "audit_verify", "audit_days")


@dataclass(frozen=True, slots=True)
class Fault:
    """The first row of an object's chain that is not as it was written."""

    object: str
    seq: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of all chains of a table found; `faults` are of the first hundred broken objects."""

    rows: int
    objects: int
    broken: int
    faults: tuple[Fault, ...]
    seconds: float

    @property
    def rows_a_second(self) -> int:
        """How fast it went."""
        return round(self.rows / max(self.seconds, 1e-9))


def verify(engine: Engine, chains: Chains = AUDIT) -> Verdict:
    """Check every chain of the table, as the owner."""
    began = perf_counter()
    with unit_of_work(engine) as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        row = session.execute(load(chains.package, chains.verify)).one()
    faults = tuple(Fault(name, seq, *KINDS[kind]) for name, seq, kind in row.faults)
    return Verdict(row.rows, row.objects, row.broken, faults, perf_counter() - began)
