"""The rooms that keep tables. They stand to the right of `db`, so they are named here, never imported above."""

from __future__ import annotations

import importlib
import importlib.util

ROOMS = (
    "accounts", "jobs", "areas", "register", "walking", "coverage", "events", "events.workflow", "events.clocks",
    "events.standards", "events.dispatch", "events.duplicates", "events.sensors", "events.whistle", "events.rating",
    "events.kpi", "events.campaigns", "insight",
)  # fmt: skip


def import_tables() -> None:
    """Import every room's `tables`, so that the metadata is whole."""
    for room in ROOMS:
        for name in ("tables", "audit_tables", "planning_tables", "outbox_tables"):
            module = f"gis.{room}.{name}"
            if importlib.util.find_spec(f"gis.{room}") and importlib.util.find_spec(module):
                importlib.import_module(module)
