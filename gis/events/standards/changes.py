"""Who changed rules, what, and when: the audit's word, for whoever sets rules."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine

from gis.db.engine import unit_of_work
from gis.events.standards import store
from gis.events.standards.model import RuleChange

KINDS: Final = (
    "calendar", "filing_standards", "categories", "rule_set", "duty_list", "admission_list", "workflow",
)  # fmt: skip
MOST: Final = 200


def list_changes(engine: Engine, kind: str, about: str | None = None) -> list[RuleChange]:
    """The latest changes of a kind of rules, or of one of them; none for whoever sets no rules."""
    with unit_of_work(engine) as session:
        return store.changes(session, kind, about, MOST)
