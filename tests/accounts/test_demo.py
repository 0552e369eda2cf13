"""The demo accounts: one a role in a sample, with a password of this installation, and none anywhere else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text

from gis.accounts import administration, service
from gis.accounts.demo import POSTS, demo_password, ensure_demo_accounts
from gis.accounts.passwords import refuse_weak
from gis.base.errors import Unauthenticated, Unavailable
from gis.db.cluster import Cluster
from gis.settings import Environment, PasswordProfile, Settings
from tests.database import api_engine, cloned_engine, town_template

pytestmark = pytest.mark.db


@pytest.fixture
def town(cluster: Cluster) -> Iterator[Engine]:
    with cloned_engine(cluster, town_template(cluster)) as engine:
        yield engine


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM account")) or 0)


def test_the_sample_has_one_account_a_role(town: Engine, tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    made = ensure_demo_accounts(town, settings)
    roles = {role.code for role in administration.list_roles(town)}
    assert {account.role for account in made} == roles
    assert [account.username for account in made] == [post.username for post in POSTS]
    levels = {account.username: account.place for account in made}
    assert levels["acceptor_street"] != levels["acceptor_district"]
    begun = time.monotonic()
    assert ensure_demo_accounts(town, settings) == made, "a second start makes nothing"
    assert time.monotonic() - begun < 5
    assert count(town) == len(POSTS)
    accounts = administration.list_accounts(town, limit=200).items
    assert all(account.is_demo and not account.must_change for account in accounts)
    held = {grant.role: grant for account in accounts for grant in account.grants}
    assert all(grant.in_force for grant in held.values())
    assert held["substitute"].valid_to is not None
    assert held["part_time_grid_worker"].categories
    assert held["department_handler"].department is not None


def test_the_department_posts_have_something_to_do(town: Engine, tmp_path: Path) -> None:
    ensure_demo_accounts(town, Settings(state_dir=tmp_path))
    with town.connect() as connection:
        open_events = connection.execute(
            text("""
            SELECT a.username, count(e.id) AS open FROM account AS a JOIN role_grant AS g ON g.account_id = a.id
            JOIN department AS d ON d.path @> ARRAY[g.department_id]
            LEFT JOIN event AS e ON e.department_id = d.id AND e.closed_at IS NULL AND e.grid_id IS NOT NULL
            GROUP BY a.username
            """)
        ).all()
    assert {row.username for row in open_events} == {"inbox", "handler"}
    assert all(row.open for row in open_events)


def test_one_logs_in_with_the_password_that_is_shown(town: Engine, tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path)
    password = ensure_demo_accounts(town, settings)[0].password
    with api_engine(town.url.render_as_string(hide_password=False)) as web:
        for post in POSTS:
            caller = service.log_in(web, settings, post.username, password, None, None, None).caller
            assert caller.roles[0].role == post.role
            assert bool(caller.permissions) == (post.role != "resident")
            if post.families:
                assert caller.scope.limited
        production = settings.model_copy(update={"environment": Environment.PRODUCTION})
        with pytest.raises(Unauthenticated) as refused:
            service.log_in(
                web,
                production.model_copy(update={"secret_key": SecretStr("k" * 40)}),
                "admin",
                password,
                None,
                None,
                None,
            )
        assert refused.value.code == "login_refused"


def test_the_password_is_of_the_installation(tmp_path: Path) -> None:
    here, there = Settings(state_dir=tmp_path / "a"), Settings(state_dir=tmp_path / "b")
    assert demo_password(here) == demo_password(here)
    assert demo_password(here) != demo_password(there)
    for profile in PasswordProfile:
        refuse_weak(demo_password(here), "admin", profile)


def test_a_new_secret_gives_a_new_password(town: Engine, tmp_path: Path) -> None:
    ensure_demo_accounts(town, Settings(state_dir=tmp_path / "a"))
    later = Settings(state_dir=tmp_path / "b")
    password = ensure_demo_accounts(town, later)[0].password
    assert service.log_in(town, later, "leader", password, None, None, None).caller.logged_in
    assert count(town) == len(POSTS)


def test_real_data_and_production_have_none(town: Engine, tmp_path: Path) -> None:
    production = Settings(
        environment=Environment.PRODUCTION, secret_key=SecretStr("k" * 40), cursor_secret="x" * 32
    )
    with pytest.raises(Unavailable) as refused:
        ensure_demo_accounts(town, production)
    assert refused.value.code == "demo_in_production"
    with town.begin() as connection:
        connection.execute(text("UPDATE dataset SET is_sample = false"))
    assert ensure_demo_accounts(town, Settings(state_dir=tmp_path)) == []
    assert count(town) == 0


def test_somebody_elses_account_is_left_alone(town: Engine, tmp_path: Path) -> None:
    with town.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO account (username, display_name, home_area_id) SELECT 'Admin', '真人', min(id) FROM area"
            )
        )
    made = ensure_demo_accounts(town, Settings(state_dir=tmp_path))
    assert "admin" not in {account.username for account in made}
    with town.connect() as connection:
        row = connection.execute(text("SELECT * FROM account WHERE username = 'Admin'")).one()
        assert (row.password_hash, row.is_demo, row.display_name) == (None, False, "真人")
        assert not connection.scalar(
            text("SELECT count(*) FROM role_grant WHERE account_id = :id"), {"id": row.id}
        )
