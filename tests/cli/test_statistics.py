"""`wangge statistics`: what is due is published, by hand or by the server."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from gis.cli.main import app
from gis.cli.statistics import publishing
from gis.db.cluster import Cluster
from gis.db.engine import make_engine
from tests.database import cloned_database, town_template

pytestmark = pytest.mark.db


def test_months_are_published_by_hand_and_by_the_server(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloned_database(cluster, town_template(cluster)) as url:
        monkeypatch.setenv("WANGGE_DATABASE_URL", url)
        CliRunner().invoke(app, ["statistics"])  # the template may be of an earlier month
        said = CliRunner().invoke(app, ["statistics"])
        assert (said.exit_code, said.output.strip()) == (0, "发布 0 个月 / 0 months published")
        assert "0 months" not in CliRunner().invoke(app, ["statistics", "--again"]).output
        engine = make_engine(url)
        count = text("SELECT count(DISTINCT month) FROM public_statistic")
        with engine.begin() as connection:
            before = connection.scalar(count)
            connection.execute(text("DELETE FROM public_statistic WHERE month > '2026-01-01'"))
        with publishing(url):
            deadline, after = time.monotonic() + 60, None
            while after != before and time.monotonic() < deadline:
                with engine.connect() as connection:
                    after = connection.scalar(count)
                time.sleep(0.1)
        engine.dispose()
        assert after == before
