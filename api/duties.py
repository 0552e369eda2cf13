"""The list of what the worker does by itself; each room offers its own duties."""

from __future__ import annotations

from gis.jobs.duties import Duty
from gis.settings import Settings


def duties(settings: Settings) -> tuple[Duty, ...]:
    """All duties of an installation."""
    from gis.events.clocks.timers import clock_duties
    from gis.events.kpi.folding import kpi_duties
    from gis.events.whistle.duties import whistle_duties
    from gis.events.workflow.duties import workflow_duties
    from gis.jobs.delivery import delivery_duties

    return (
        *delivery_duties(settings),
        *clock_duties(settings),
        *kpi_duties(),
        *whistle_duties(),
        *workflow_duties(),
    )
