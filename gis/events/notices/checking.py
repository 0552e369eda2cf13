"""Checking what the log and the outbox promise: events stand where their log says, and no message lies about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from gis.db.engine import unit_of_work
from gis.db.sql import load

PACKAGE = "gis.events.notices"
LATE_S = 600.0
"""A message that no worker has touched for so long is late."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How many events there are, how many do not stand where their log says, and the first hundred of these."""

    events: int
    wrong: int
    found: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Unsent:
    """Messages without deliveries, deliveries nobody makes, deliveries given up, and the last twenty of these."""

    unspread: int
    unsent: int
    dead: int
    given_up: tuple[Mapping[str, Any], ...]


def standing(engine: Engine) -> Standing:
    """Compare every event with the last row of its log, as the owner."""
    with unit_of_work(engine) as session:
        row = session.execute(load(PACKAGE, "standing")).one()
    return Standing(row.events, row.wrong, tuple(row.found))


def unsent(engine: Engine, older_s: float = LATE_S) -> Unsent:
    """What should have been sent `older_s` seconds ago and was not, and what was given up."""
    with unit_of_work(engine) as session:
        row = session.execute(load(PACKAGE, "unsent"), {"older_s": older_s}).one()
    return Unsent(row.unspread, row.unsent, row.dead, tuple(row.given_up))
