"""Accounts of the invented district, one a role: for the sample alone, and never in production."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.accounts import audit
from gis.accounts.passwords import hash_password, verify
from gis.accounts.secret import key_for
from gis.base.errors import Unavailable
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.settings import Environment, Settings

PACKAGE = "gis.accounts"
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 2, 5


@dataclass(frozen=True, slots=True)
class Post:
    """A demo account to be: its role, and the level of the area (or `department`) it is held in.

    `families` are the categories a limited role is bounded to, `scheme:kind:code`; `days` until a dated one ends.
    """

    username: str
    role: str
    level: str
    families: tuple[str, ...] = ()
    days: int | None = None


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A demo account for people to try."""

    username: str
    role: str
    name_zh: str
    name_en: str
    place: str
    password: str = field(repr=False)


POSTS = (
    Post("resident", "resident", "grid"),
    Post("grid_worker", "grid_worker", "grid"),
    Post("grid_lead", "grid_lead", "grid"),
    Post("part_time", "part_time_grid_worker", "grid", ("gbt47678.5-2026:matter:06",)),
    Post("substitute", "substitute", "grid", days=30),
    Post("secretary", "community_secretary", "community"),
    Post("property", "property_company", "community"),
    Post("acceptor_street", "acceptor", "subdistrict"),
    Post("acceptor_district", "acceptor", "district"),
    Post("shift_lead_street", "shift_lead", "subdistrict"),
    Post("shift_lead_district", "shift_lead", "district"),
    Post("dispatcher_street", "dispatcher", "subdistrict"),
    Post("dispatcher_district", "dispatcher", "district"),
    Post("supervisor", "supervisor", "subdistrict"),
    Post("inbox", "department_inbox", "department"),
    Post("handler", "department_handler", "department"),
    Post("mediator", "mediator", "subdistrict", ("gov-s:request:S01",)),
    Post("planner", "planner", "district"),
    Post("leader", "leader", "district"),
    Post("auditor", "auditor", "district"),
    Post("admin_street", "admin", "subdistrict"),
    Post("admin", "admin", "district"),
)

IS_SAMPLE = text("SELECT coalesce(bool_or(is_sample), false) FROM dataset")
STORED = text("SELECT DISTINCT password_hash FROM account WHERE is_demo")
SHOWN = text("""
SELECT a.username, r.code AS role, r.name_zh, r.name_en, coalesce(p.name, d.name) AS place
FROM account AS a JOIN role_grant AS g ON g.account_id = a.id AND g.ended_at IS NULL
JOIN role AS r ON r.code = g.role
LEFT JOIN area AS p ON p.id = g.area_id LEFT JOIN department AS d ON d.id = g.department_id
WHERE a.is_demo AND a.disabled_at IS NULL AND a.username = :username AND g.role = :role
ORDER BY g.id DESC LIMIT 1
""")


def ensure_demo_accounts(engine: Engine, settings: Settings) -> list[DemoAccount]:
    """The demo accounts of a sample, made where they are missing; none where the database holds real data.

    One password for all, of the installation's own secret. Raises Unavailable `demo_in_production`.
    """
    refuse_production(settings)
    password = demo_password(settings)
    with unit_of_work(engine) as session:
        if not session.scalar(IS_SAMPLE):
            return []
        hashed = _hash(session, password)
        for post in POSTS:
            _ensure(session, post, hashed)
        return _shown(session, password)


def refuse_production(settings: Settings) -> None:
    """Unavailable `demo_in_production`: everybody in front of the screen knows these accounts."""
    if settings.environment is Environment.PRODUCTION:
        raise Unavailable(
            "demo_in_production",
            "生产环境不创建演示账户，请运行 wangge user add。",
            "there are no demo accounts in production; run wangge user add.",
        )


def demo_password(settings: Settings) -> str:
    """The password of the demo accounts here, the same at every start and another in every installation."""
    key = key_for(settings, "demo password")
    letters = [_SIGNS[byte % len(_SIGNS)] for byte in key[: GROUPS * GROUP]]
    groups = ["".join(letters[at : at + GROUP]) for at in range(0, len(letters), GROUP)]
    return "-".join(["Demo", *groups])


def _hash(session: Session, password: str) -> str:
    """The hash that is stored already, unless the secret changed: hashing is slow on purpose."""
    stored: Sequence[str | None] = session.scalars(STORED).all()
    if len(stored) == 1 and stored[0] and verify(password, stored[0]):
        return stored[0]
    return hash_password(password)


def _ensure(session: Session, post: Post, hashed: str) -> None:
    values = {
        "username": post.username,
        "hash": hashed,
        "role": post.role,
        "level": post.level,
        "families": list(post.families),
        "days": post.days,
    }
    made = session.execute(load(PACKAGE, "demo_account"), values).one_or_none()
    if made is not None:
        audit.record(
            session, "account.create", "account", made.id, area_id=made.area_id, details={"demo": True}
        )


def _shown(session: Session, password: str) -> list[DemoAccount]:
    found = []
    for post in POSTS:
        row = session.execute(SHOWN, {"username": post.username, "role": post.role}).one_or_none()
        if row is not None:
            found.append(DemoAccount(row.username, row.role, row.name_zh, row.name_en, row.place, password))
    return found
