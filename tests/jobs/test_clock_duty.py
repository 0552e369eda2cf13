"""The worker sees to clocks."""

from __future__ import annotations

from api.duties import duties
from gis.events.clocks.timers import sweep
from gis.settings import Settings


def test_the_sweep_of_clocks_is_a_duty() -> None:
    assert [duty.run for duty in duties(Settings()) if duty.name == "clocks"] == [sweep]
