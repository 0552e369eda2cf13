"""`wangge check events`: what it prints and ends with when all is well, and for each thing that may be wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from gis.cli.main import app
from gis.db.cluster import Cluster
from tests.district import district_engine
from tests.events.workflow.helpers import event_in

pytestmark = pytest.mark.db
runner = CliRunner()
SUBSCRIBED = """
INSERT INTO subscriber (channel, name, address, secret_sealed, topics, area_id, created_at)
SELECT 'webhook', '城市大脑', 'https://a.example', 's', '{*}', id, now() - interval '1 day' FROM area WHERE code = '23'
"""
GIVEN_UP = """
INSERT INTO delivery (outbox_id, subscriber_id, attempts, dead_at, last_error)
SELECT o.id, s.id, 8, now(), 'status_500' FROM outbox AS o, subscriber AS s ORDER BY o.id LIMIT 1
"""


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    with district_engine(cluster) as engine:
        event_in(engine, "filed")
        with engine.begin() as connection:
            connection.execute(text("UPDATE outbox SET spread_at = now()"))
        yield engine


def check(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setenv("WANGGE_DATABASE_URL", engine.url.render_as_string(hide_password=False))
    shown = runner.invoke(app, ["check", "events"])
    return shown.exit_code, shown.output


def spoil(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount


def test_all_is_well(district: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    code, shown = check(district, monkeypatch)
    assert code == 0, shown
    assert "3 行 / rows, 1 条链 / chains, 0 条断裂" in shown
    assert "1 件 / events, 0 件与日志不符" in shown


def test_what_was_not_sent_is_told_apart(district: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(district, "UPDATE outbox SET spread_at = NULL, at = now() - interval '11 minutes'")
    code, shown = check(district, monkeypatch)
    assert code == 3, shown
    assert "3 条超过 10 分钟未发送" in shown
    assert "wangge worker" in shown
    spoil(district, "UPDATE outbox SET spread_at = now()", SUBSCRIBED, GIVEN_UP)
    code, shown = check(district, monkeypatch)
    assert code == 3, shown
    assert "城市大脑: event.reported" in shown
    assert "status_500" in shown
    spoil(district, "DELETE FROM delivery")


@pytest.mark.parametrize(
    ("change", "back", "told"),
    [
        ("UPDATE event SET status = 'handling'", "UPDATE event SET status = 'filed'", "handling (1)"),
        ("UPDATE event SET round = 2", "UPDATE event SET round = 1", "filed (2)"),
        (
            "UPDATE event_log SET note = 'x' WHERE seq = 2",
            "UPDATE event_log SET note = NULL WHERE seq = 2",
            "第 2 行内容被改动",
        ),
    ],
    ids=["status", "round", "log"],
)
def test_what_is_broken_is_named(
    district: Engine, monkeypatch: pytest.MonkeyPatch, change: str, back: str, told: str
) -> None:
    spoil(district, change)
    code, shown = check(district, monkeypatch)
    spoil(district, back)
    assert code == 1, shown
    assert told in shown
