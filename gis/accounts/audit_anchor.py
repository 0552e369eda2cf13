"""An anchor: a digest of all chains as they were, kept where nobody who can write the database can write.

The owner of the database can change rows and compute their hashes anew, or cut off a chain's tail; then every
chain is whole in itself. Compared with an anchor from before, the day of those rows shows another digest or
another count. Rows are added all the time: an anchor says up to which row it counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from gis.accounts.audit_verify import AUDIT, Chains
from gis.base.errors import Invalid
from gis.db.engine import unit_of_work
from gis.db.sql import load

FORMAT = "wangge-anchor-1"
LEAST_DAYS = 184
WAIT_S = 5
Day = tuple[int, str]
"""How many rows a day has, and the digest of their hashes."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The days of each table of chains, up to the row with the id `upto`."""

    at: datetime
    upto: dict[str, int]
    days: dict[str, dict[str, Day]]

    @property
    def root(self) -> str:
        """One digest over everything the anchor says."""
        lines = [f"{FORMAT} {self.at.isoformat()}"]
        for table in sorted(self.days):
            lines.append(f"{table} upto {self.upto[table]}")
            lines += [
                f"{table} {day} {rows} {digest}" for day, (rows, digest) in sorted(self.days[table].items())
            ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """A day whose rows are not those of the anchor: how many there were and are."""

    table: str
    day: str
    then: int
    now: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of an anchored state: days that agree, that are past retention, that differ."""

    same: int
    past: int
    differences: tuple[Difference, ...]


def take_anchor(engine: Engine, tables: Sequence[Chains], *, now: datetime | None = None) -> Anchor:
    """The digests of all rows committed by now, as the owner.

    For a moment it waits until nobody is writing, so that no row with a smaller number arrives afterwards.
    """
    with unit_of_work(engine) as session:
        session.execute(text(f"SET LOCAL lock_timeout = '{WAIT_S}s'"))
        session.execute(text(f"LOCK TABLE {', '.join(chains.table for chains in tables)} IN SHARE MODE"))
        upto = {
            chains.table: int(session.scalar(text(f"SELECT coalesce(max(id), 0) FROM {chains.table}")) or 0)
            for chains in tables
        }
    days = {chains.table: _days(engine, chains, upto[chains.table]) for chains in tables}
    return Anchor((now or datetime.now(UTC)).replace(microsecond=0), upto, days)


def _days(engine: Engine, chains: Chains, upto: int) -> dict[str, Day]:
    with unit_of_work(engine) as session:
        rows = session.execute(load(chains.package, chains.days), {"upto": upto})
        return {row.day.isoformat(): (row.rows, row.digest) for row in rows}


def compare(
    engine: Engine, anchor: Anchor, tables: Sequence[Chains], *, now: datetime | None = None
) -> Comparison:
    """Whether the rows of the anchor are still there and the same, as the owner.

    Days of the audit from before what has been purged are not compared, but nothing younger than 184 days may
    have been: a mark that says so is forged.
    """
    past = _purged_before(engine, (now or datetime.now(UTC)) - timedelta(days=LEAST_DAYS))
    same, skipped, differences = 0, 0, []
    for chains in tables:
        then = anchor.days.get(chains.table, {})
        found = _days(engine, chains, anchor.upto.get(chains.table, 0))
        for day in sorted(then.keys() | found.keys()):
            if chains.table == AUDIT.table and day <= past:
                skipped += 1
            elif then.get(day) == found.get(day):
                same += 1
            else:
                before, after = then.get(day, (0, ""))[0], found.get(day, (0, ""))[0]
                differences.append(Difference(chains.table, day, before, after))
    return Comparison(same, skipped, tuple(differences))


def _purged_before(engine: Engine, latest: datetime) -> str:
    """The last day (UTC) of which rows may have been removed; an empty text when there is none."""
    with unit_of_work(engine) as session:
        found = session.scalar(text("SELECT max(at) FROM audit_mark"))
    return "" if found is None else min(found, latest).astimezone(UTC).date().isoformat()


def write_anchor(anchor: Anchor, path: Path) -> None:
    """Write an anchor as JSON."""
    plain: dict[str, Any] = {
        "format": FORMAT,
        "at": anchor.at.isoformat(),
        "root": anchor.root,
        "chains": {
            table: {"upto": anchor.upto[table], "days": {day: list(facts) for day, facts in days.items()}}
            for table, days in anchor.days.items()
        },
    }
    path.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")


def read_anchor(path: Path) -> Anchor:
    """An anchor from its file; Invalid `bad_anchor` when it is none, or its root is not that of its days."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        chains = plain["chains"]
        anchor = Anchor(
            datetime.fromisoformat(plain["at"]),
            {table: int(facts["upto"]) for table, facts in chains.items()},
            {
                table: {str(day): (int(rows), str(digest)) for day, (rows, digest) in facts["days"].items()}
                for table, facts in chains.items()
            },
        )
        good = plain["format"] == FORMAT and plain["root"] == anchor.root
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        good = False
    if not good:
        raise Invalid(
            "bad_anchor",
            f"{path} 不是锚文件，或已被改动",
            f"{path} is no anchor, or it has been changed",
        )
    return anchor
