"""From an empty server to a migrated database, and what is said when something is missing."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import NullPool

from gis.base.errors import Unavailable
from gis.db import connect
from gis.db.cluster import Cluster
from gis.db.engine import make_engine
from gis.db.orm import Base
from gis.db.table_modules import import_tables
from gis.settings import Settings
from tests.database import admin

pytestmark = pytest.mark.db

SCHEMA_DUMP = text(
    "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' "
    "|| coalesce(column_default, '') FROM information_schema.columns WHERE table_schema = 'wangge' "
    "UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'wangge' "
    "UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) "
    "FROM pg_constraint WHERE connamespace = 'wangge'::regnamespace "
    "UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
)


@pytest.fixture
def fresh_url(cluster: Cluster) -> Iterator[str]:
    """Address of a database that does not exist yet."""
    name = f"wangge_connect_{secrets.token_hex(4)}"
    yield cluster.url(name)
    with admin(cluster) as engine, engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def test_migrating_makes_the_database_and_its_extensions(fresh_url: str) -> None:
    with pytest.raises(Unavailable) as caught:
        connect.database_state(fresh_url)
    assert caught.value.code == "database_missing"
    head = connect.migrate(fresh_url)
    state = connect.database_state(fresh_url)
    assert state.ready
    assert state.revision == head
    assert state.postgis is not None


def test_several_who_migrate_at_once_do_it_once(fresh_url: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(connect.migrate, [fresh_url] * 3))) == 1


def test_the_migrations_make_exactly_the_tables_of_the_models(engine: Engine) -> None:
    plain = create_engine(engine.url, poolclass=NullPool, connect_args={"options": connect.MIGRATION_OPTIONS})
    with plain.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table_schema": "wangge",
                "include_schemas": True,
                "include_name": lambda name, kind, _: kind != "schema" or name == "wangge",
                "compare_type": True,
            },
        )
        import_tables()
        assert Base.metadata.tables
        assert compare_metadata(context, Base.metadata) == []
        connection.execute(text("ALTER TABLE wangge.dataset DROP COLUMN summary"))
        assert compare_metadata(context, Base.metadata), "it would not have seen a difference"


def test_up_down_and_up_again_gives_the_same_schema(fresh_url: str) -> None:
    connect.migrate(fresh_url)
    made = make_engine(fresh_url)
    with made.connect() as connection:
        first = list(connection.scalars(SCHEMA_DUMP))
        connection.rollback()
        config = connect._config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert list(connection.scalars(SCHEMA_DUMP)) != first
        command.upgrade(config, "head")
        assert list(connection.scalars(SCHEMA_DUMP)) == first
    made.dispose()


def test_a_missing_extension_is_named(fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "EXTENSIONS", ("postgis", "no_such_extension"))
    with pytest.raises(Unavailable) as caught:
        connect.migrate(fresh_url)
    assert caught.value.code == "extension_missing"
    assert "no_such_extension" in caught.value.en


def test_an_old_postgis_is_refused(fresh_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "OLDEST_POSTGIS", (99, 0))
    with pytest.raises(Unavailable) as caught:
        connect.migrate(fresh_url)
    assert caught.value.code == "postgis_old"


def test_a_server_out_of_reach_is_named_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        connect.migrate(f"postgresql://someone:secret@/nowhere?host={tmp_path}")
    assert caught.value.code == "database_unreachable"
    assert "secret" not in str(caught.value)


def test_the_setting_comes_before_the_private_cluster() -> None:
    settings = Settings(database_url="postgres://someone@db/wangge")
    assert connect.database_url(settings) == "postgresql+psycopg://someone@db/wangge"
