"""The role of the web edge: which address, what it may not be, and a server where nobody of ours is superuser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.base.errors import Unavailable
from gis.db.api_role import API_ROLE, OVERLAPS, api_url, leakproof_marked, require_safe
from gis.db.cluster import Cluster
from gis.db.connect import EXTENSIONS, migrate
from gis.db.engine import make_engine, make_web_engine, unit_of_work
from gis.db.scope import Scope, scoped
from gis.intake.sample import load_sample
from gis.settings import Environment, Settings
from tests.database import TOWN, admin, api_engine, cloned_database

OWNER = "wangge_managed"
PRIVATE = "postgresql+psycopg://wangge@/wangge?host=%2Frun%2Fw&port=5432"
OUTSIDE = "postgresql://boss:word@db.intranet/wangge"


def test_the_private_cluster_has_a_role_of_its_own() -> None:
    assert api_url(Settings(), PRIVATE) == PRIVATE.replace("wangge@", f"{API_ROLE}@")


def test_a_given_address_is_used() -> None:
    given = "postgresql+psycopg://edge:word@db.intranet/wangge"
    assert api_url(Settings(api_database_url=given), OUTSIDE) == given


def test_development_changes_the_role_of_the_owner() -> None:
    assert f"role%3D{API_ROLE}" in api_url(Settings(), OUTSIDE)


def test_production_asks_for_an_address_of_its_own() -> None:
    settings = Settings.model_construct(environment=Environment.PRODUCTION, api_database_url=None)
    with pytest.raises(Unavailable) as refused:
        api_url(settings, OUTSIDE)
    assert refused.value.code == "api_database_url"


@pytest.mark.db
def test_the_owner_may_not_serve(cluster: Cluster) -> None:
    with cloned_database(cluster) as url:
        with api_engine(url) as engine:
            require_safe(engine)
        owner = make_web_engine(url)
        with pytest.raises(Unavailable) as refused:
            require_safe(owner)
        owner.dispose()
    assert refused.value.code == "api_role_unsafe"


@pytest.mark.db
@pytest.mark.parametrize("also", [None, "pg_read_all_data", "pg_write_all_data", "owner"])
def test_a_member_of_who_sees_everything_may_not_serve(cluster: Cluster, also: str | None) -> None:
    with cloned_database(cluster) as url:
        owner = make_engine(url)
        with owner.begin() as connection:
            mine = str(connection.scalar(text("SELECT current_user")))
            of = ", ".join(filter(None, [API_ROLE, mine if also == "owner" else also]))
            connection.execute(text(f"CREATE ROLE edge_of_two LOGIN IN ROLE {of}"))
        edge = make_web_engine(owner.url.update_query_dict({"options": "-c role=edge_of_two"}))
        try:
            if also is None:
                require_safe(edge)
                return
            with pytest.raises(Unavailable) as refused:
                require_safe(edge)
            assert refused.value.code == "api_role_unsafe"
        finally:
            edge.dispose()
            with owner.begin() as connection:
                connection.execute(text("DROP ROLE edge_of_two"))
            owner.dispose()


@pytest.mark.db
def test_migrating_sets_the_mark_that_a_dump_forgets(cluster: Cluster) -> None:
    with cloned_database(cluster) as url:
        engine = make_engine(url)
        with unit_of_work(engine) as session:
            session.execute(text(f"ALTER FUNCTION {OVERLAPS} NOT LEAKPROOF"))
            assert not leakproof_marked(session)
        migrate(url)
        with unit_of_work(engine) as session:
            assert leakproof_marked(session)
        engine.dispose()


@pytest.fixture(scope="module")
def managed(cluster: Cluster) -> Iterator[str]:
    """The address of a migrated database whose owner is nobody special, as a provider gives it."""
    name = "wangge_managed_test"
    with admin(cluster) as server, server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"DROP ROLE IF EXISTS {OWNER}"))
        connection.execute(text(f"CREATE ROLE {OWNER}"))
        connection.execute(text(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0"))
        prepared = make_engine(cluster.url(name))
        with unit_of_work(prepared) as session:
            for extension in EXTENSIONS:
                session.execute(text(f"CREATE EXTENSION {extension} SCHEMA public"))
        prepared.dispose()
        url = f"{cluster.url(name)}&options=-c%20role%3D{OWNER}"
        migrate(url)
        yield url
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"DROP ROLE IF EXISTS {OWNER}"))


def _count(engine: Engine, table: str) -> int:
    with unit_of_work(engine) as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


@pytest.mark.db
def test_without_superuser_everything_works_but_the_mark(managed: str) -> None:
    owner = make_engine(managed)
    load_sample(owner, TOWN)
    unscoped = make_web_engine(managed)
    with unit_of_work(owner) as session:
        assert session.scalar(text("SELECT current_user")) == OWNER
        assert not leakproof_marked(session)
        root = int(session.scalar(text("SELECT id FROM area WHERE parent_id IS NULL")) or 0)
    assert _count(owner, "event") == 240
    assert _count(unscoped, "event") == 0, "the owner sees nothing without the scope of maintenance"
    plain = managed.split("&options=", maxsplit=1)[0].replace("wangge@", f"{API_ROLE}@")
    with api_engine(plain) as edge:
        require_safe(edge)
        assert _count(edge, "event") == 0
        assert _count(scoped(edge, Scope("a", areas={"events.read": (root,)})), "event") == 240
        with pytest.raises(DBAPIError, match="permission denied"):
            _count(edge, "login_failure")
    owner.dispose()
    unscoped.dispose()


@pytest.mark.db
def test_a_connection_that_died_is_told_like_any_other(cluster: Cluster) -> None:
    """What begins a transaction goes round SQLAlchemy; its errors must not, or they would be nobody's."""
    with cloned_database(cluster) as url, api_engine(url) as engine:
        asking = scoped(engine, Scope("a"))
        with asking.connect() as connection:
            pid = connection.scalar(text("SELECT pg_backend_pid()"))
            connection.rollback()
            with admin(cluster) as server, server.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            with pytest.raises(DBAPIError):
                connection.execute(text("SELECT 1"))
