"""`wangge demo` with the town: from nothing to a served map, and a second start that does nothing twice."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import typer

from gis.cli import demo
from gis.cli.ending import Told
from gis.db.cluster import Cluster
from tests.database import cloned_database, town_template
from tests.serving import free_port, running, state_folder

pytestmark = pytest.mark.db


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """An empty state folder."""
    with state_folder("demo") as folder:
        yield folder


def test_the_server_does_not_prepare_by_itself(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(demo, "prepare", None)  # whoever calls it here fails
    with cloned_database(cluster, town_template(cluster)) as url:
        demo.prepare_apart(url, "town", Told(), load_server=False)
    assert list((tmp_path / "cache").glob("walking-*.npz"))


def test_a_child_that_fails_ends_the_demo(cluster: Cluster) -> None:
    url = cluster.url("wangge_no_such") + "&sslmode=nonsense"
    with pytest.raises(typer.Exit) as ended:
        demo.prepare_apart(url, "town", Told(), load_server=False)
    assert ended.value.exit_code == 1


def test_the_demo_loads_once_and_serves_twice(state_dir: Path) -> None:
    port = free_port()
    totals = []
    for _ in range(2):
        with running(state_dir, port, "demo", "--size", "town", within_s=300) as server:
            log = (state_dir / f"{port}.log").read_text()
            password = re.findall(r"demo accounts, all with the password  (\S+)", log)[-1]
            assert re.search(r"^  shift_lead_district +值班长 ", log, re.MULTILINE)
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                person = {"username": "shift_lead_district", "password": password}
                assert client.post("/api/v1/session", json=person).status_code == 200
                grids = client.get("/api/v1/grids.geojson").json()
                events = client.get("/api/v1/events/summary").json()
                page = client.get("/map")
            totals.append((len(grids["features"]), events["total"]))
            assert re.search(r"is_sample\W+true", page.text), "no map without the mark of an invented sample"
            server.send_signal(signal.SIGINT)
            assert server.wait(60) == 0
        assert not Cluster(state_dir).status().running
    assert totals[0] == totals[1]
    assert totals[0][0] == 60
    log = (state_dir / f"{port}.log").read_text()
    assert len(set(re.findall(r"all with the password  (\S+)", log))) == 1
    assert log.count("all with the password") == 2, "at every start"
    assert log.count("generating the sample") == 1
    assert "Traceback" not in log
