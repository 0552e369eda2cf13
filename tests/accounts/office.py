"""An office of people in the district of `tests.district`: the owner's engine, the web edge's, and accounts made quickly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine, text

from gis.accounts import service
from gis.accounts.model import Caller, LoggedIn
from gis.db.api_role import api_url
from gis.db.cluster import Cluster
from gis.db.engine import make_engine, make_web_engine
from gis.settings import Settings
from tests.database import asked, cloned_database
from tests.district import fill

PASSWORD = "Willow-by-river-7"
DISTRICT, STREET, COMMUNITY, OTHER = "230199", "230199001", "230199001001", "230199001002"
GRID = "230199001001001"
MORE = """
INSERT INTO department (code, name) VALUES ('D1', '城管局'), ('D2', '住建局');
INSERT INTO department (code, name, parent_id) SELECT 'D11', '执法队', id FROM department WHERE code = 'D1';
UPDATE department SET path = CASE WHEN parent_id IS NULL THEN ARRAY[id] ELSE ARRAY[parent_id, id] END;
INSERT INTO department_area (department_id, area_id)
  SELECT d.id, a.id FROM department d, area a WHERE d.code = 'D2' AND a.code = '230199001';
INSERT INTO area (code, level, name, parent_id, path, geom)
  SELECT '230198', 'district', '邻区', id, '{}', geom FROM area WHERE code = '2301';
UPDATE area SET path = p.path || area.id FROM area p WHERE p.id = area.parent_id AND area.code = '230198'
"""


@cache
def password_hash() -> str:
    """One hash for all, at a cost that nothing but a test would choose: argon2 is slow on purpose."""
    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(PASSWORD)


@dataclass
class Office:
    """A database with the district, and who works there."""

    owner: Engine
    web: Engine
    settings: Settings
    ids: dict[str, int] = field(default_factory=dict)
    since: int = 0

    def run(self, statement: str, **values: Any) -> list[Any]:
        """Run a statement as the owner; its rows."""
        with self.owner.begin() as connection:
            result = connection.execute(text(statement), values)
            return list(result) if result.returns_rows else []

    def one(self, statement: str, **values: Any) -> Any:
        """The first value of a statement run as the owner."""
        rows = self.run(statement, **values)
        return rows[0][0] if rows else None

    def add(self, username: str, *held: tuple[str, str], home: str = STREET, **columns: Any) -> int:
        """An account with the common password and roles (role, area or department code)."""
        values = {"must_change": False, "password_hash": password_hash()} | columns
        names = "".join(f", {name}" for name in values)
        binds = "".join(f", :{name}" for name in values)
        made = self.one(
            f"INSERT INTO account (username, display_name, home_area_id, password_changed_at{names})"
            f" SELECT cast(:username AS text), cast(:username AS text), id, now(){binds}"
            " FROM area WHERE code = :home AND valid_to IS NULL"
            " RETURNING id",
            username=username, home=home, **values,
        )  # fmt: skip
        self.ids[username] = made
        for role, where in held:
            self.grant(username, role, where)
        return int(made)

    def grant(self, username: str, role: str, where: str, **columns: Any) -> int:
        """A role held by somebody from now on."""
        names = "".join(f", {name}" for name in columns)
        binds = "".join(f", :{name}" for name in columns)
        kind = "department" if where.startswith("D") else "area"
        return int(
            self.one(
                f"INSERT INTO role_grant (account_id, role, {kind}_id{names})"
                f" SELECT :account, :role, id{binds} FROM {kind} WHERE code = :where RETURNING id",
                account=self.ids[username], role=role, where=where, **columns,
            )
        )  # fmt: skip

    def log_in(self, username: str, code: str | None = None, **more: Any) -> LoggedIn:
        """Log in by the web edge's role with the common password."""
        address = more.pop("address", "10.0.0.1")
        password = more.pop("password", PASSWORD)
        return service.log_in(self.web, self.settings, username, password, code, address, "test", **more)

    def caller(self, token: str) -> Caller | None:
        """Who a session's token stands for."""
        found: Caller | None = asked(
            self.web, service.resume_session, self.settings, token, "10.0.0.1", "trace"
        )
        return found

    def as_(self, username: str) -> Caller:
        """Somebody logged in."""
        return self.log_in(username).caller

    def audit(self, action: str) -> list[Any]:
        """Audit rows of an action since the office was emptied, newest first."""
        query = "SELECT * FROM audit WHERE action = :action AND id > :since ORDER BY id DESC"
        return self.run(query, action=action, since=self.since)

    def later(self, token_table: str, column: str, by: timedelta) -> None:
        """Move a moment of all rows of a table into the past."""
        self.run(f"UPDATE {token_table} SET {column} = {column} - :by", by=by)

    def empty(self) -> None:
        """Remove everybody."""
        self.ids.clear()
        self.since = self.one("SELECT coalesce(max(id), 0) FROM audit")
        for table in ("role_grant", "login_session", "access_token", "login_failure", "account"):
            self.run(f"DELETE FROM {table}")


@contextmanager
def open_office(cluster: Cluster, folder: Path) -> Iterator[Office]:
    """An office in a database of its own."""
    with cloned_database(cluster) as url:
        settings = Settings(state_dir=folder)
        owner, web = make_engine(url), make_web_engine(api_url(settings, url))
        try:
            fill(owner)
            office = Office(owner, web, settings)
            for statement in MORE.split(";\n"):
                office.run(statement)
            yield office
        finally:
            web.dispose()
            owner.dispose()
