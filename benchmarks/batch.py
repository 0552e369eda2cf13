"""Row `batch`: a thousand reports sent together against the same thousand one by one.

Both come over HTTP, on one kept connection, as whoever sends them would: a request of a thousand, or a thousand
requests. What the service alone takes for either, without HTTP, is told beside it.
"""

from __future__ import annotations

import json
from http.client import HTTPConnection
from statistics import median
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import inputs
from benchmarks.database import bench_engine
from benchmarks.harness import Row, compare, timed
from benchmarks.intake import load, places, report, server
from gis.db.api_role import api_url
from gis.db.engine import make_web_engine
from gis.db.scope import Scope, scoped
from gis.events.intake_batch import MOST, file_reports
from gis.events.service import file_report
from gis.events.validate import validate_report
from gis.settings import Settings

KEYS = ("grid", "scope", "method", "border_distance_m", "confirm", "status")
PATH = "/api/v1/reports"
ROUNDS = 3
Points = list[tuple[float, float]]
Told = list[dict[str, Any]]


def run(size: str) -> Row:
    """`MOST` reports a run, new ones each time, in the same places on both sides."""
    with bench_engine() as owner:
        setup_s, token = timed(lambda: load(owner, size))
        points = places(size, MOST + 100)[:MOST]
        alone = _without_http(owner, points)
        with server(owner, "api.app:create_app") as port:
            client = _Client(port, token)
            return compare(
                "batch",
                size,
                lambda: client.together(points),
                {"one_by_one": lambda: client.one_by_one(points)},
                agree=_same,
                setup_s={"ours": setup_s},
                notes=[
                    f"{MOST:,} reports in {inputs.GRIDS[size]:,} grids; the same validation, rules and log",
                    f"the service alone, without HTTP: {alone['together']:.2f} s together,"
                    f" {alone['one_by_one']:.2f} s one by one"
                    f" ({alone['one_by_one'] / alone['together']:.1f} times)",
                ],
            )


class _Client:
    """Somebody of the staff on one kept connection."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = HTTPConnection("127.0.0.1", port)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, path: str, body: object, wanted: int) -> dict[str, Any]:
        raw = json.dumps(body, ensure_ascii=False).encode()
        self.connection.request("POST", path, raw, self.headers)
        answer = self.connection.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
        if answer.status != wanted:
            raise RuntimeError(f"{path}: {answer.status} {told}")
        return told

    def together(self, points: Points) -> Told:
        told = self.send(f"{PATH}/batch", {"items": [report(*point) for point in points]}, 200)
        return [one["receipt"] for one in told["items"] if one["status"] == 201]

    def one_by_one(self, points: Points) -> Told:
        return [self.send(PATH, report(*point), 201) for point in points]


def _without_http(owner: Engine, points: Points) -> dict[str, float]:
    """Seconds of the service for either, as the role of the web edge in the scope of the same person."""
    edge = make_web_engine(api_url(Settings(), owner.url.render_as_string(hide_password=False)))
    try:
        engine = scoped(edge, _somebody(owner))
        sides = {
            "together": lambda: file_reports(engine, [report(*point) for point in points]),
            "one_by_one": lambda: [file_report(engine, validate_report(report(*point))) for point in points],
        }
        took: dict[str, list[float]] = {name: [] for name in sides}
        for n in range(ROUNDS + 1):
            for name, work in sides.items():
                seconds, _ = timed(work)
                if n:  # the first makes the plans
                    took[name].append(seconds)
        return {name: median(seconds) for name, seconds in took.items()}
    finally:
        edge.dispose()


def _somebody(owner: Engine) -> Scope:
    with owner.connect() as connection:
        city = connection.execute(text("SELECT id FROM area WHERE level = 'city'")).scalar_one()
    return Scope("bench", account_id=1, roles=("shift_lead",), areas={"events.read": (int(city),)})


def _same(answers: dict[str, Told]) -> bool:
    """Every report taken in on both sides, and the same said of each place."""
    told = {name: [[one[key] for key in KEYS] for one in many] for name, many in answers.items()}
    return told["ours"] == told["one_by_one"] and len(told["ours"]) == MOST
