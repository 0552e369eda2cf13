"""The web edge commits no write that left no audit row; the owner's bulk loads are not asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.db.api_role import API_ROLE
from gis.db.cluster import Cluster
from gis.db.engine import make_web_engine, unit_of_work
from gis.db.scope import Scope, scoped
from tests.database import api_engine
from tests.district import district_engine

pytestmark = pytest.mark.db

WATCHED = {
    "access_token", "account", "admission_approval", "admission_item", "attachment", "call_back", "campaign",
    "campaign_problem", "campaign_target", "campaign_visit", "category", "category_version", "command_photo",
    "dispatch_alarm", "dispatch_rule", "dispatch_rule_set", "dispatch_trace", "duty_item", "event",
    "event_command", "event_log", "event_rating", "event_round", "event_sample", "filing_standard",
    "filing_standard_set", "inspection_task", "job", "login_session", "me_too", "overdue_appeal", "rating_rule",
    "report", "report_confirmation", "report_contact", "report_photo", "role_grant", "scenario", "sensor",
    "sensor_alarm", "sensor_storm", "subscriber", "whistle", "whistle_answer", "whistle_appeal",
    "whistle_limit", "whistle_photo", "whistle_rule", "workflow",
}  # fmt: skip
ADD = text(
    "INSERT INTO account (username, display_name, home_area_id)"
    " SELECT cast(:name AS text), cast(:name AS text), id FROM area WHERE code = '230199'"
)


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    with district_engine(cluster) as engine:
        yield engine


@pytest.fixture(scope="module")
def manager(district: Engine) -> Scope:
    with unit_of_work(district) as session:
        area = int(session.scalar(text("SELECT id FROM area WHERE code = '230199'")) or 0)
    held = {"accounts.manage": (area,), "accounts.read": (area,)}
    return Scope("user:admin", account_id=None, areas=held)


@pytest.fixture(scope="module")
def edge(district: Engine, manager: Scope) -> Iterator[Engine]:
    with api_engine(district.url.render_as_string(hide_password=False)) as engine:
        yield scoped(engine, manager)


def names(engine: Engine) -> set[str]:
    with unit_of_work(engine) as session:
        return set(session.scalars(text("SELECT username FROM account")))


def add(engine: Engine, name: str, *, audited: bool) -> None:
    with unit_of_work(engine) as session:
        session.execute(ADD, {"name": name})
        if audited:
            record(session, "account.create", "account", name)


def test_a_write_without_its_audit_row_is_not_committed(edge: Engine, district: Engine) -> None:
    with pytest.raises(DBAPIError, match="unaudited_write"):
        add(edge, "forgotten", audited=False)
    add(edge, "told", audited=True)
    assert names(district) >= {"told"}
    assert "forgotten" not in names(district)


def test_an_audit_row_of_the_transaction_before_does_not_count(edge: Engine) -> None:
    with edge.connect() as connection, Session(connection) as session:
        record(session, "x.y", "thing", "1")
        session.commit()
        session.execute(ADD, {"name": "later"})
        with pytest.raises(DBAPIError, match="unaudited_write"):
            session.commit()


def test_an_audit_row_that_was_rolled_back_does_not_count(edge: Engine) -> None:
    with Session(edge) as session:
        with session.begin_nested() as inner:
            record(session, "x.y", "thing", "1")
            inner.rollback()
        session.execute(ADD, {"name": "later"})
        with pytest.raises(DBAPIError, match="unaudited_write"):
            session.commit()


def test_touching_when_a_token_was_used_is_no_act(district: Engine, edge: Engine, manager: Scope) -> None:
    """It is done by functions of the owner, in the session of the web edge."""
    add(district, "holder", audited=False)
    with unit_of_work(district) as session:
        session.execute(
            text(
                "INSERT INTO access_token (token_hash, account_id, name, permissions, expires_at)"
                " SELECT 'h', id, 'field app', '{}', now() + interval '1 day' FROM account WHERE username = 'holder'"
            )
        )
        for column, value in (("used_at", "now()"), ("revoked_at", "now()")):
            session.execute(
                text(
                    f"CREATE FUNCTION touch_{column}() RETURNS void LANGUAGE sql SECURITY DEFINER"
                    f" SET wangge.maintenance = 'on' AS 'UPDATE wangge.access_token SET {column} = {value}'"
                )
            )
    with unit_of_work(edge) as session:
        session.execute(text("SELECT touch_used_at()"))
    with Session(edge) as session:
        session.execute(text("SELECT touch_revoked_at()"))
        with pytest.raises(DBAPIError, match="unaudited_write"):
            session.commit()


def test_a_connection_whose_role_was_changed_is_the_web_edge(district: Engine, manager: Scope) -> None:
    url = district.url.update_query_dict({"options": f"-c role={API_ROLE}"})
    engine = make_web_engine(url)
    with pytest.raises(DBAPIError, match="unaudited_write"):
        add(scoped(engine, manager), "changed", audited=False)
    engine.dispose()


def test_the_owner_is_not_asked(district: Engine) -> None:
    add(district, "by the owner", audited=False)
    assert "by the owner" in names(district)


def test_every_table_the_web_edge_writes_is_watched(district: Engine) -> None:
    with unit_of_work(district) as session:
        watched = set(
            session.scalars(
                text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'unaudited_write'")
            )
        )
    assert watched == WATCHED
