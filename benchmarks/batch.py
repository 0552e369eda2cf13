"""Row `batch`: a thousand reports taken in together against the same thousand one by one, by the same service.

Both sides work as the role of the web edge in the scope of the same person; HTTP is left out of both.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import inputs
from benchmarks.database import bench_engine
from benchmarks.harness import Row, compare, timed
from benchmarks.intake import load, places, report
from gis.db.api_role import api_url
from gis.db.engine import make_web_engine
from gis.db.scope import Scope, scoped
from gis.events.intake_batch import MOST, file_reports
from gis.events.service import file_report
from gis.events.validate import validate_report
from gis.settings import Settings

KEYS = ("grid", "scope", "method", "border_distance_m", "confirm", "status")


def run(size: str) -> Row:
    """`MOST` reports a run, new ones each time, in the same places on both sides."""
    with bench_engine() as owner:
        setup_s, _ = timed(lambda: load(owner, size))
        points = places(size, MOST + 100)[:MOST]
        edge = make_web_engine(api_url(Settings(), owner.url.render_as_string(hide_password=False)))
        try:
            engine = scoped(edge, _somebody(owner))
            return compare(
                "batch",
                size,
                lambda: _together(engine, points),
                {"one_by_one": lambda: _one_by_one(engine, points)},
                agree=_same,
                setup_s={"ours": setup_s},
                notes=[
                    f"{MOST:,} reports in {inputs.GRIDS[size]:,} grids; the same validation, rules and log"
                ],
            )
        finally:
            edge.dispose()


def _somebody(owner: Engine) -> Scope:
    with owner.connect() as connection:
        city = connection.execute(text("SELECT id FROM area WHERE level = 'city'")).scalar_one()
    return Scope("bench", account_id=1, roles=("shift_lead",), areas={"events.read": (int(city),)})


def _together(engine: Engine, points: list[tuple[float, float]]) -> list[dict[str, Any]]:
    results = file_reports(engine, [report(*point) for point in points])
    return [json.loads(one.receipt.body) for one in results if one.receipt is not None]


def _one_by_one(engine: Engine, points: list[tuple[float, float]]) -> list[dict[str, Any]]:
    return [json.loads(file_report(engine, validate_report(report(*point))).body) for point in points]


def _same(answers: dict[str, list[dict[str, Any]]]) -> bool:
    """Every report taken in on both sides, and the same said of each place."""
    told = {name: [[one[key] for key in KEYS] for one in many] for name, many in answers.items()}
    return told["ours"] == told["one_by_one"] and len(told["ours"]) == MOST
