"""Row `intake`: reports over HTTP, in full, against a bare endpoint that does one INSERT with ST_Covers.

Ours is the product: who calls, by an access token; scope and policies; grid, border distance and tie; codes of the
address; log with its hash, audit with its chain, idempotency. Both are one process with the same pool on the same
database and areas, asked over the same kept connections, in turn.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import median
from typing import Any
from urllib.request import urlopen

import numpy as np
import shapely
from sqlalchemy import Engine, text

from benchmarks import inputs
from benchmarks.database import bench_engine
from benchmarks.harness import Row, timed
from gis.accounts.secret import token_hash
from gis.areas.locate import build_grid_index, locate_many
from gis.db.copy import copy_columns
from gis.db.engine import unit_of_work
from gis.db.staging import driver

CONNECTIONS = (8, 32)
SECONDS = {"town": 3.0, "district": 5.0, "city": 8.0}
ROUNDS = 3
STEADY = 100.0
CATEGORY = "gov-s:request:S0202"
BARE = """
CREATE TABLE bench.bare (id uuid PRIMARY KEY, category text, text text, geom geometry(Point, 4326), grid_id int);
CREATE INDEX ON bench.bare USING gist (geom)
"""
TREE = """
UPDATE area SET parent_id = CASE WHEN level = 'grid' THEN root.id END,
  path = CASE WHEN level = 'grid' THEN ARRAY[root.id, area.id] ELSE ARRAY[area.id] END
FROM (SELECT id FROM area WHERE level = 'city') AS root;
INSERT INTO service_area (name, area_id, geom)
SELECT 'all', id, geom FROM area WHERE level = 'city'
"""
WORKER = """
WITH made AS (
  INSERT INTO account (username, display_name, home_area_id, must_change, password_changed_at)
  SELECT 'bench', 'bench', id, false, now() FROM area WHERE level = 'city' RETURNING id, home_area_id
), held AS (
  INSERT INTO role_grant (account_id, role, area_id) SELECT id, 'shift_lead', home_area_id FROM made
)
INSERT INTO access_token (token_hash, account_id, name, permissions, expires_at)
SELECT :hash, id, 'bench', ARRAY['events.read'], now() + interval '1 day' FROM made
"""


def run(size: str) -> Row:
    """Reports a second of both at 8 and 32 connections, and how long ours takes at 100 a second."""
    with bench_engine() as engine:
        setup_s, token = timed(lambda: load(engine, size))
        points = places(size, 20_000)
        rates: dict[tuple[str, int], list[float]] = {}
        sent = {"ours": 0, "bare": 0}
        with (
            server(engine, "api.app:create_app") as ours,
            server(engine, "benchmarks.intake_bare:create_app") as bare,
        ):
            for connections in CONNECTIONS:
                for n in range(ROUNDS + 1):
                    for name, port in (("ours", ours), ("bare", bare)):
                        seconds = SECONDS[size] if n else 2.0  # the first warms both up
                        told = ask(port, token, points, connections=connections, seconds=seconds)
                        sent[name] += _good(name, told)
                        if n:
                            rates.setdefault((name, connections), []).append(told["count"] / told["seconds"])
            steady = ask(ours, token, points[: int(STEADY * 10)], connections=32, rate=STEADY)
            sent["ours"] += _good("ours", steady)
        whole = _whole(engine, sent)
    found = {key: median(values) for key, values in rates.items()}
    return _row(size, found, steady, whole, setup_s)


def _row(
    size: str, found: dict[tuple[str, int], float], steady: dict[str, Any], whole: bool, setup_s: float
) -> Row:
    eight = {name: 1.0 / found[name, CONNECTIONS[0]] for name in ("ours", "bare")}
    measures = {"p50_ms": steady["p50"] * 1000, "p99_ms": steady["p99"] * 1000}
    for (name, connections), rate in found.items():
        measures[f"{name}_{connections}"] = rate
    for connections in CONNECTIONS:
        measures[f"share_{connections}"] = found["ours", connections] / found["bare", connections]
    shares = ", ".join(f"{n}: {measures[f'share_{n}']:.0%}" for n in CONNECTIONS)
    row = Row(
        name="intake",
        size=size,
        ours_s=eight["ours"],
        peers={"bare": eight["bare"]},
        ratio={"bare": eight["bare"] / eight["ours"]},
        agree=whole,
        floor_s=None,
        runs={"ours": ROUNDS, "bare": ROUNDS},
        setup_s={"ours": setup_s},
        notes=[
            f"{inputs.GRIDS[size]:,} grids; of the bare rate at 8 and 32 connections: {shares}",
            ", ".join(f"{name} at {n}: {rate:,.0f}/s" for (name, n), rate in found.items()),
            f"{STEADY:.0f} a second: half within {measures['p50_ms']:.1f} ms, 99 of 100 within"
            f" {measures['p99_ms']:.1f} ms",
        ],
    )
    return replace(row, measures=measures)


def load(engine: Engine, size: str) -> str:
    """A city of grids, and somebody of its staff; their access token."""
    grids = inputs.grids(inputs.GRIDS[size])
    token = f"wgt_{secrets.token_urlsafe(32)}"
    whole = shapely.box(*shapely.total_bounds(grids.polygons))
    shapes = np.asarray([shapely.MultiPolygon([one]) for one in (*grids.polygons, whole)], dtype=object)
    codes = np.concatenate((grids.codes, np.array(["230199"], dtype=object)))
    levels = np.array(["grid"] * len(grids.codes) + ["city"], dtype=object)
    kinds = np.array(["comprehensive"] * len(grids.codes) + [None], dtype=object)
    columns: dict[str, tuple[str, Any]] = {
        "code": ("text", codes), "level": ("text", levels), "name": ("text", codes), "kind": ("text", kinds),
        "geom": ("geometry", shapes),
    }  # fmt: skip
    with unit_of_work(engine) as session:
        connection = driver(session)
        connection.execute("ALTER TABLE wangge.area ALTER COLUMN path SET DEFAULT '{}'")
        copy_columns(connection, "wangge.area", columns)
        connection.execute("ALTER TABLE wangge.area ALTER COLUMN path DROP DEFAULT")
        for statement in (*TREE.split(";\n"), *BARE.split(";\n")):
            connection.execute(statement.encode())
        session.execute(text(WORKER), {"hash": token_hash(token)})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
        plain.execute(text("VACUUM ANALYZE"))
    return token


def places(size: str, count: int) -> list[tuple[float, float]]:
    """Points in the grids, some on borders, none outside."""
    grids = inputs.grids(inputs.GRIDS[size])
    points = inputs.points(grids, count)
    inside = locate_many(build_grid_index(*grids), *points.T, distances=False).grid >= 0
    return [(float(lon), float(lat)) for lon, lat in points[inside]]


def report(lon: float, lat: float) -> dict[str, Any]:
    """A report as a worker's telephone sends it."""
    millis = time.time_ns() // 1_000_000
    value = (millis << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62) | secrets.randbits(62)
    return {
        "id": str(uuid.UUID(int=value)),
        "category": CATEGORY,
        "text": "3 号楼门口飞线充电，电动车堵住单元门",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "coord_sys": "wgs84",
        "accuracy_m": 8.5,
        "address": {"text": "3 号楼 2 单元门口"},
    }


def ask(
    port: int,
    token: str,
    points: list[tuple[float, float]],
    *,
    connections: int,
    seconds: float = 0.0,
    rate: float = 0.0,
) -> dict[str, Any]:
    """Send a report for each point until the time is over, or all of them at a rate; what the other process told."""
    head = (
        f"POST /api/v1/reports HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\n"
    )
    bodies = [json.dumps(report(*point), ensure_ascii=False) for point in points]
    told = {"port": port, "head": head, "bodies": bodies, "connections": connections}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.http_load"],
        input=json.dumps(told | {"seconds": seconds, "rate": rate}) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextmanager
def server(engine: Engine, factory: str) -> Iterator[int]:
    """An application in one process of its own; its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        more = {
            "WANGGE_DATABASE_URL": engine.url.render_as_string(hide_password=False),
            "WANGGE_STATE_DIR": folder,
            "WANGGE_RATE_ACCOUNT_REPORTS": "999999/second",
        }
        process = subprocess.Popen(
            [
                *(
                    sys.executable,
                    "-m",
                    "uvicorn",
                    factory,
                    "--factory",
                    "--port",
                    str(port),
                    "--http",
                    "h11",
                ),
                *("--log-level", "warning", "--no-access-log", "--no-server-header"),
            ],
            env={**os.environ, **more},
        )
        try:
            _wait(process, port)
            yield port
        finally:
            process.terminate()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server is not ready")


def _good(name: str, told: dict[str, Any]) -> int:
    if set(told["statuses"]) != {"201"}:
        raise RuntimeError(f"{name}: {told['statuses']}")
    return int(told["count"])


def _whole(engine: Engine, sent: dict[str, int]) -> bool:
    """Whether everything that was answered is there, whole, and each log row has its hash."""
    query = text("""
        SELECT (SELECT count(*) FROM report) AS reports, (SELECT count(*) FROM event) AS events,
          (SELECT count(*) FROM event_log) AS logged, (SELECT count(*) FROM bench.bare) AS bare,
          (SELECT count(*) FROM audit WHERE action = 'report.create') AS audited
    """)
    with engine.connect() as connection:
        row = connection.execute(query).one()
    return (row.reports, row.events, row.logged, row.audited, row.bare) == (
        *(sent["ours"],) * 4,
        sent["bare"],
    )
