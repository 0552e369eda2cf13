"""The commands that start and stop things: what they refuse, and that a refusal says what to do."""

from __future__ import annotations

import io
import socket
import time
from pathlib import Path

import pytest
import typer
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from typer.testing import CliRunner

from gis.base.errors import Invalid, InvalidFile, Problem, Unavailable
from gis.cli import serving
from gis.cli.bar import _lines
from gis.cli.check import _check_assets
from gis.cli.main import app
from gis.cli.polite import PoliteGroup, print_refusal
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.settings import Settings
from tests.clients import add_account
from tests.district import district_engine

runner = CliRunner()


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("WANGGE_STATE_DIR", str(folder))
    return folder


def test_help_names_the_commands() -> None:
    shown = runner.invoke(app, ["--help"]).stdout
    assert all(name in shown for name in ("demo", "serve", "db", "check"))


def test_the_start_names_every_public_page(capsys: pytest.CaptureFixture[str]) -> None:
    serving.announce(Settings(port=8123))
    said = capsys.readouterr().out
    for page in ("/", "/report", "/track", "/statistics", "/login"):
        assert f"http://127.0.0.1:8123{page}  " in said


def test_status_of_a_cluster_never_made_changes_nothing(state_dir: Path) -> None:
    shown = runner.invoke(app, ["db", "status"])
    assert shown.exit_code == 3
    assert "stopped" in shown.stdout
    assert not state_dir.exists()


def test_stopping_what_does_not_run_is_no_error(state_dir: Path) -> None:
    shown = runner.invoke(app, ["db", "stop"])
    assert shown.exit_code == 0
    assert not state_dir.exists()


@pytest.mark.parametrize(("command", "code"), [("stop", 0), ("status", 3), ("url", 0)])
def test_stopping_and_asking_need_no_secrets(
    state_dir: Path, command: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_ENVIRONMENT", "production")
    assert runner.invoke(app, ["db", command]).exit_code == code
    assert runner.invoke(app, ["serve"]).exit_code == 1


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        (
            {"ENVIRONMENT": "production"},
            "生产环境必须设置 WANGGE_CURSOR_SECRET、WANGGE_SECRET_KEY",
            "must be set in production: WANGGE_CURSOR_SECRET, WANGGE_SECRET_KEY",
        ),
        (
            {"SECRET_KEY": "short"},
            "WANGGE_SECRET_KEY：至少 32 个字符",
            "WANGGE_SECRET_KEY: 32 signs at least",
        ),
        (
            {"RATE_REPORTS": "1000000/minute"},
            "WANGGE_RATE_REPORTS：应形如 30/minute，次数为 1 至 999999，时段为 second、minute、hour 或 day",
            "WANGGE_RATE_REPORTS: must look like 30/minute: 1 to 999999 in a second, minute, hour or day",
        ),
        ({"PORT": "0"}, "WANGGE_PORT：不能小于 1", "WANGGE_PORT: Input should be greater than or equal to 1"),
        (
            {"TRUSTED_PROXIES": "a / b"},
            "WANGGE_TRUSTED_PROXIES：值无效",
            "WANGGE_TRUSTED_PROXIES: 'a / b' does not appear to be an IPv4 or IPv6 network",
        ),
    ],
)
def test_a_wrong_setting_is_told_in_one_language_a_line(
    given: dict[str, str], zh: str, en: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"WANGGE_{name}", value)
    shown = runner.invoke(app, ["serve"])
    assert shown.exit_code == 1
    assert shown.stderr.splitlines()[1:] == [f"  设置有误：{zh}", f"  wrong settings: {en}"]


@pytest.mark.parametrize("command", [["db", "start"], ["db", "stop"], ["db", "status"]])
def test_a_database_of_somebody_else_is_not_ours_to_start_or_stop(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_DATABASE_URL", "postgresql://someone@db/wangge")
    shown = runner.invoke(app, command)
    assert shown.exit_code == 1
    assert "external_database" in shown.stderr


@pytest.mark.db
def test_commands_stop_the_database_they_started(
    state_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANGGE_DATABASE_URL", raising=False)
    points = tmp_path / "s.csv"
    points.write_text("code,type,name,lon,lat\n1,police,n,126.6,45.7\n")
    try:
        for command in (
            ["import", "stations", str(points)],
            ["export", "stations", "--out", str(tmp_path / "o.csv")],
        ):
            run = runner.invoke(app, command)
            assert run.exit_code == 0, run.output
            assert runner.invoke(app, ["db", "status"]).exit_code == 3, command
        # The control: one that is started to stay is left running.
        assert runner.invoke(app, ["db", "start"]).exit_code == 0
        assert runner.invoke(app, ["db", "migrate"]).exit_code == 0
        assert runner.invoke(app, ["db", "status"]).exit_code == 0
    finally:
        runner.invoke(app, ["db", "stop"])
    assert runner.invoke(app, ["db", "status"]).exit_code == 3


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_PORT", "eighty")
    shown = runner.invoke(app, ["db", "status"])
    assert shown.exit_code == 1
    assert "WANGGE_PORT" in shown.stderr


def test_other_machines_are_never_shown_the_demo(monkeypatch: pytest.MonkeyPatch, state_dir: Path) -> None:
    monkeypatch.setenv("WANGGE_HOST", "0.0.0.0")
    shown = runner.invoke(app, ["demo"])
    assert shown.exit_code == 1
    assert "loopback_only" in shown.stderr
    assert not state_dir.exists()


@pytest.mark.db
def test_other_machines_are_not_served_before_there_are_accounts(cluster: Cluster) -> None:
    elsewhere = Settings(host="0.0.0.0")
    with district_engine(cluster) as engine:
        url = engine.url.render_as_string(hide_password=False)
        serving.require_accounts(Settings(), url)
        add_account(engine, "admin", username="demo_admin")
        with engine.begin() as connection:
            connection.execute(text("UPDATE account SET is_demo = true"))
        with pytest.raises(Unavailable) as refused:
            serving.require_accounts(elsewhere, url)
        assert refused.value.code == "loopback_only"
        add_account(engine, "admin")
        serving.require_accounts(elsewhere, url)


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_in_use_is_told_before_anything_is_started(
    command: str, monkeypatch: pytest.MonkeyPatch, state_dir: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("WANGGE_PORT", str(port))
        shown = runner.invoke(app, [command])
    assert shown.exit_code == 1
    assert f"port {port} is in use" in shown.stderr
    assert f"WANGGE_PORT={port + 1}" in shown.stderr
    assert not state_dir.exists()


def test_two_who_take_the_same_port_cannot_both_have_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = Settings(port=port)
    with serving.listen(settings, command="x"), pytest.raises(Exception, match="port_in_use"):
        serving.listen(settings, command="x")


def test_a_refused_file_shows_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [Problem(7, "lon", "not_a_number", "经度不是数字", "longitude is not a number", "abc")]
    print_refusal(InvalidFile(problems))
    said = capsys.readouterr().err
    assert "row 7" in said
    assert "经度不是数字" in said
    assert "--report" not in said
    assert "--allow-overlaps" not in said
    overlaps = [Problem(row, "geometry", "overlap", "重叠", "overlaps") for row in range(1, 26)]
    print_refusal(InvalidFile(overlaps))
    lines = capsys.readouterr().err.splitlines()
    assert sum("[overlap]" in line for line in lines) == 20
    assert "5 more" in lines[-2]
    assert "--report" in lines[-2]
    assert "--allow-overlaps" in lines[-1]
    print_refusal(Invalid("bad", "不好", "not good"))
    assert "不好" in capsys.readouterr().err


@pytest.mark.db
def test_a_connection_the_database_ended_is_one_message(town_engine: Engine) -> None:
    group = typer.Typer(cls=PoliteGroup, pretty_exceptions_enable=False)

    @group.command()
    def thinks() -> None:
        lives = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = :pid)")
        with unit_of_work(town_engine) as session, unit_of_work(town_engine) as other:
            pid = {"pid": session.scalar(text("SELECT pg_backend_pid()"))}
            session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 20"))
            deadline = time.monotonic() + 60
            while other.scalar(lives, pid) and time.monotonic() < deadline:
                other.rollback()
                time.sleep(0.05)
            session.execute(text("SELECT 1"))

    @group.command()
    def errs() -> None:
        with unit_of_work(town_engine) as session:
            session.execute(text("SELECT nothing"))

    done = CliRunner().invoke(group, ["thinks"])
    assert done.exit_code == 2
    assert "[database_failed]" in done.stderr
    assert "数据库中断了连接" in done.stderr
    assert isinstance(CliRunner().invoke(group, ["errs"]).exception, ProgrammingError)


def test_missing_map_libraries_are_seen(tmp_path: Path) -> None:
    assert not _check_assets(tmp_path)
    (tmp_path / "a.js").write_text("1")
    (tmp_path / "manifest.json").write_text('{"a.js": {"bytes": 1}}')
    assert _check_assets(tmp_path)
    (tmp_path / "a.js").write_text("")
    assert not _check_assets(tmp_path)


def test_without_a_terminal_each_step_is_one_line() -> None:
    out = io.StringIO()
    report = _lines(out.write)
    for done in (0, 5, 10, 10):
        report("楼栋 / buildings", done, 10)
    assert out.getvalue() == "▸ 楼栋 / buildings: 10\n"
