"""`wangge user`: people made, given roles, switched off and on; secrets are printed once and never typed as arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from gis.accounts import service
from gis.cli.main import app
from gis.db.cluster import Cluster
from gis.db.engine import make_engine
from gis.settings import Settings
from tests.database import api_engine, asked, cloned_database
from tests.district import fill

pytestmark = pytest.mark.db
STREET, GRID = "230199001", "230199001001001"


@pytest.fixture(scope="module")
def url(cluster: Cluster) -> Iterator[str]:
    with cloned_database(cluster) as made:
        engine = make_engine(made)
        fill(engine)
        engine.dispose()
        yield made


@pytest.fixture
def settings(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    monkeypatch.setenv("WANGGE_DATABASE_URL", url)
    monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path))
    engine = make_engine(url)
    with engine.begin() as connection:
        for table in ("role_grant", "login_session", "access_token", "login_failure", "account"):
            connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()
    return Settings(state_dir=tmp_path)


@pytest.fixture
def web(url: str) -> Iterator[Engine]:
    with api_engine(url) as engine:
        yield engine


def user(*words: str) -> Result:
    return CliRunner().invoke(app, ["user", *words])


def done(*words: str) -> str:
    result = user(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


def code_of(result: Result) -> str:
    found = re.search(r"\[(\w+)\]", result.stderr)
    return found[1] if found else result.output


def test_a_person_is_added_and_logs_in_with_what_is_printed(settings: Settings, web: Engine) -> None:
    said = done("add", "zhang", "--home", GRID, "--name", "张三", "--role", "grid_lead")
    password = said.splitlines()[-1]
    begun = service.log_in(web, settings, "zhang", password, None, None, None)
    assert begun.caller.must_change
    assert "events.read" in begun.caller.permissions
    assert re.search(rf"^zhang  张三  {GRID} 第一网格  #\d+ 网格长@第一网格", done("list"))
    assert code_of(user("add", "Zhang", "--home", GRID)) == "username_taken"
    unknown = user("add", "li", "--home", "nowhere")
    assert code_of(unknown) == "unknown_area"
    assert "import" not in unknown.stderr


def test_an_account_and_its_first_role_are_made_together_or_not_at_all(settings: Settings) -> None:
    for words, code in (
        (("--role", "nosuch"), "unknown_role"),
        (("--role", "shift_lead"), "grant_level"),
        (("--role", "substitute"), "grant_dates"),
        (("--role", "substitute", "--valid-to", "2000-01-01"), "grant_dates"),
        (("--role", "part_time_grid_worker"), "grant_categories"),
        (("--role", "part_time_grid_worker", "--category", "no:such:one"), "unknown_category"),
        (("--role", "department_handler", "--department", "nosuch"), "unknown_department"),
    ):
        result = user("add", "zhang", "--home", GRID, *words)
        assert (code_of(result), result.stdout) == (code, "")
    assert user("add", "zhang", "--home", GRID, "--valid-to", "2999-01-01").exit_code == 2
    assert done("list") == ""
    said = done("add", "zhang", "--home", GRID, "--role", "substitute", "--valid-to", "2999-01-01")
    assert len(said.splitlines()) == 2
    assert "替岗网格员@第一网格" in done("list")
    matter = ("--role", "part_time_grid_worker", "--category", "gbt47678.5-2026:matter:06")
    done("add", "li", "--home", GRID, *matter)
    assert "兼职网格员@第一网格" in done("list")


def test_without_any_area_it_says_that_they_come_first(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloned_database(cluster) as empty:
        monkeypatch.setenv("WANGGE_DATABASE_URL", empty)
        monkeypatch.setenv("WANGGE_STATE_DIR", str(tmp_path))
        refused = user("add", "wang.li", "--home", "230199", "--role", "admin")
    assert code_of(refused) == "unknown_area"
    assert refused.stderr.count("wangge import areas") == 2


def test_no_command_takes_a_password(settings: Settings) -> None:
    for command in ("add", "reset", "token", "grant", "disable", "enable", "list"):
        shown = user(command, "--help").stdout
        assert not re.search(r"--(password|secret|pass)\b", shown)


def test_switching_off_and_on_and_resetting(settings: Settings, web: Engine) -> None:
    first = done("add", "zhang", "--home", STREET).splitlines()[-1]
    token = service.log_in(web, settings, "zhang", first, None, None, None).token
    assert "停用" in done("disable", "ZHANG")
    assert asked(web, service.resume_session, settings, token, None, None) is None
    assert "zhang" in done("list", "--disabled")
    assert "停用" not in done("enable", "zhang")
    assert done("list", "--disabled") == ""
    second = done("reset", "zhang", "--second-factor").splitlines()[-1]
    assert second != first
    assert service.log_in(web, settings, "zhang", second, None, None, None).caller.must_change
    assert code_of(user("reset", "nobody")) == "no_such_account"


def test_roles_are_given_and_ended(settings: Settings) -> None:
    done("add", "zhang", "--home", STREET)
    assert "#" in done("grant", "zhang", "--role", "shift_lead", "--area", STREET)
    assert code_of(user("grant", "zhang", "--role", "shift_lead", "--area", GRID)) == "grant_level"
    assert code_of(user("grant", "zhang", "--role", "substitute", "--area", GRID)) == "grant_dates"
    shown = done("grant", "zhang", "--role", "substitute", "--area", GRID, "--valid-to", "2999-01-01")
    number = re.findall(r"#(\d+) 替岗", shown)
    assert len(number) == 1
    assert "替岗" not in done("grant", "zhang", "--end", number[0])
    assert user("grant", "zhang").exit_code == 2
    assert code_of(user("grant", "zhang", "--end", "999999")) == "no_such_grant"
    assert len(re.findall(r"^\w+  ", done("roles"), re.MULTILINE)) == 18


def test_a_token_for_a_script(settings: Settings, web: Engine) -> None:
    done("add", "zhang", "--home", STREET, "--role", "shift_lead")
    token = done("token", "zhang", "--permission", "events.read", "--days", "7").strip()
    caller = asked(web, service.resume_token, settings, token, None, None)
    assert caller is not None
    assert caller.permissions == {"events.read"}
    assert code_of(user("token", "zhang", "--permission", "accounts.manage")) == "permission_denied"


def test_what_the_command_line_does_is_on_record(settings: Settings, url: str) -> None:
    done("add", "zhang", "--home", STREET, "--role", "shift_lead")
    engine = make_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT action, actor FROM audit ORDER BY id DESC LIMIT 2")).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [("grant.create", "system"), ("account.create", "system")]
