"""Reading and writing the accounts of others: single rows under row-level security, with the same predicate again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gis.accounts.model import AccountView, DepartmentRow, NewAccount, RoleRow
from gis.accounts.people import read_grant, read_place
from gis.base.errors import Conflict
from gis.db.scope import EVERYWHERE, Roots
from gis.db.sql import load

PACKAGE = "gis.accounts"
AREA = text("SELECT id, level, path FROM area WHERE code = :code AND valid_to IS NULL")
ANY_AREA = text("SELECT EXISTS (SELECT FROM area WHERE valid_to IS NULL)")
ABOVE = text("SELECT DISTINCT unnest(path) FROM area WHERE id = ANY(:ids)")
TARGET = text("""
SELECT a.id, a.username, a.home_area_id, a.version, a.disabled_at IS NOT NULL AS disabled, a.issuer IS NOT NULL AS outside
FROM account AS a JOIN area AS h ON h.id = a.home_area_id
WHERE a.id = :id AND (:everywhere OR h.path && cast(:roots AS int[])) FOR UPDATE OF a
""")
ADD = text("""
INSERT INTO account (username, display_name, home_area_id, password_hash, password_changed_at, must_change, issuer, subject)
VALUES (:username, :display_name, :home, :hash, CASE WHEN :with_password THEN now() END, :with_password, :issuer, :subject)
RETURNING id
""")
CHANGE = text("""
UPDATE account SET display_name = coalesce(:display_name, display_name), home_area_id = coalesce(:home, home_area_id),
  disabled_at = CASE WHEN cast(:disabled AS boolean) IS NULL THEN disabled_at
                     WHEN :disabled THEN coalesce(disabled_at, now()) END,
  version = version + 1
WHERE id = :id
""")
TOUCH = text("UPDATE account SET version = version + 1 WHERE id = :id")
ROLES = text("""
SELECT r.code, r.name_zh, r.name_en, r.held_in, r.levels, r.dated, r.limited, r.privileged,
  ARRAY(SELECT rp.permission FROM role_permission AS rp WHERE rp.role = r.code ORDER BY rp.permission)::text[] AS permissions
FROM role AS r WHERE r.code = coalesce(cast(:code AS text), r.code) ORDER BY r.position, r.code
""")
DEPARTMENTS = text("""
SELECT d.code, d.name, up.code AS parent FROM department AS d LEFT JOIN department AS up ON up.id = d.parent_id
ORDER BY d.code
""")
DEPARTMENT = text("SELECT id FROM department WHERE code = :code")
CATEGORY = text("""
SELECT id FROM category WHERE valid_to IS NULL
  AND scheme = split_part(:key, ':', 1) AND kind = split_part(:key, ':', 2) AND code = split_part(:key, ':', 3)
""")
SAME_GRANT = text("""
SELECT EXISTS (SELECT FROM role_grant WHERE account_id = :account AND role = :role AND ended_at IS NULL
  AND (valid_to IS NULL OR valid_to >= :valid_from) AND area_id IS NOT DISTINCT FROM cast(:area AS int)
  AND department_id IS NOT DISTINCT FROM cast(:department AS int)
  AND categories IS NOT DISTINCT FROM cast(:categories AS int[]))
""")
ADD_GRANT = text("""
INSERT INTO role_grant (account_id, role, area_id, department_id, categories, valid_from, valid_to, granted_by)
VALUES (:account, :role, :area, :department, :categories, :valid_from, :valid_to, :by) RETURNING id
""")
END_GRANT = text(
    "UPDATE role_grant SET ended_at = now() WHERE id = :id AND account_id = :account AND ended_at IS NULL"
)
MANAGED_ELSEWHERE = text("SELECT managed_elsewhere(:account, cast(:gone AS int))")
TODAY = text("SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date")


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area in force."""

    id: int
    level: str
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """An account about to be changed, locked."""

    id: int
    username: str
    home_area_id: int
    version: int
    disabled: bool
    outside: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Something held: whether privileged, and the paths of the areas it reaches."""

    grant_id: int
    privileged: bool
    paths: tuple[tuple[int, ...], ...]


def accounts(
    session: Session,
    roots: Roots,
    *,
    account_id: int | None = None,
    within: int | None = None,
    search: str | None = None,
    disabled: bool | None = None,
    after: str | None = None,
    limit: int = 1,
) -> list[AccountView]:
    """Accounts of the subtrees of `roots` by name."""
    values = _bound(roots) | {
        "id": account_id,
        "path_root": within,
        "search": search,
        "disabled": disabled,
        "after": after,
        "row_limit": limit,
    }
    return [_view(row) for row in session.execute(load(PACKAGE, "accounts"), values)]


def _bound(roots: Roots) -> dict[str, Any]:
    return {"everywhere": roots == EVERYWHERE, "roots": [] if isinstance(roots, str) else list(roots)}


def _view(row: Any) -> AccountView:
    told = row._asdict()
    home = read_place(told.pop("home"))
    assert home is not None
    return AccountView(**told | {"home": home, "grants": tuple(read_grant(grant) for grant in row.grants)})


def area(session: Session, code: str) -> AreaRow | None:
    """The area in force with a code."""
    row = session.execute(AREA, {"code": code}).one_or_none()
    return None if row is None else AreaRow(row.id, row.level, tuple(row.path))


def has_areas(session: Session) -> bool:
    """Whether areas were imported at all."""
    return bool(session.scalar(ANY_AREA))


def above(session: Session, area_ids: list[int]) -> set[int]:
    """The ids of some areas and of all those above them."""
    return set(session.scalars(ABOVE, {"ids": area_ids}))


def target(session: Session, roots: Roots, account_id: int) -> Target | None:
    """The account to be changed, locked; None outside the subtrees."""
    row = session.execute(TARGET, _bound(roots) | {"id": account_id}).one_or_none()
    return None if row is None else Target(**row._asdict())


def held(session: Session, account_id: int | None, department_id: int | None = None) -> list[Held]:
    """What an account holds or is to hold, or where one department reaches."""
    rows = session.execute(
        load(PACKAGE, "account_held"), {"account": account_id, "department": department_id}
    )
    return [Held(row.id, row.privileged, tuple(tuple(path) for path in row.paths)) for row in rows]


def add(session: Session, new: NewAccount, home: int, password_hash: str | None) -> int:
    """Store an account. Raises Conflict `username_taken`, `identity_taken`."""
    values = {
        "username": new.username,
        "display_name": new.display_name,
        "home": home,
        "hash": password_hash,
        "with_password": password_hash is not None,
        "issuer": new.issuer,
        "subject": new.subject,
    }
    try:
        return int(session.execute(ADD, values).scalar_one())
    except IntegrityError as error:
        constraint = str(getattr(getattr(error.orig, "diag", None), "constraint_name", ""))
        if constraint == "uq_account_subject":
            raise Conflict(
                "identity_taken",
                "该身份已绑定其他账户",
                "Another account has this identity",
                field="subject",
            ) from error
        if constraint == "uq_account_username_folded":
            raise Conflict(
                "username_taken", "用户名已被使用", "The user name is taken", field="username"
            ) from error
        raise


def change(
    session: Session, account_id: int, display_name: str | None, home: int | None, disabled: bool | None
) -> None:
    """Change what is not None."""
    values = {"id": account_id, "display_name": display_name, "home": home, "disabled": disabled}
    session.execute(CHANGE, values)


def touch(session: Session, account_id: int) -> None:
    """Count a change of what belongs to an account, so that its ETag changes."""
    session.execute(TOUCH, {"id": account_id})


def roles(session: Session, code: str | None = None) -> list[RoleRow]:
    """All roles, or the one of a code."""
    return [
        RoleRow(**row._asdict() | {"levels": tuple(row.levels), "permissions": tuple(row.permissions)})
        for row in session.execute(ROLES, {"code": code})
    ]


def departments(session: Session) -> list[DepartmentRow]:
    """All departments by code."""
    return [DepartmentRow(**row._asdict()) for row in session.execute(DEPARTMENTS)]


def department(session: Session, code: str) -> int | None:
    """The department of a code."""
    found: int | None = session.scalar(DEPARTMENT, {"code": code})
    return found


def category(session: Session, key: str) -> int | None:
    """The category of a key `scheme:kind:code`."""
    found: int | None = session.scalar(CATEGORY, {"key": key})
    return found


def add_grant(session: Session, values: dict[str, Any]) -> int | None:
    """Store a grant; None when the same one is there already."""
    if session.scalar(SAME_GRANT, values):
        return None
    return int(session.execute(ADD_GRANT, values).scalar_one())


def end_grant(session: Session, account_id: int, grant_id: int) -> bool:
    """Whether there was such a grant to end."""
    result: Any = session.execute(END_GRANT, {"id": grant_id, "account": account_id})
    return int(result.rowcount) == 1


def managed_elsewhere(session: Session, account_id: int, gone: int | None = None) -> bool:
    """Whether without this account, or this grant of it, all it manages is managed by somebody else."""
    return bool(session.scalar(MANAGED_ELSEWHERE, {"account": account_id, "gone": gone}))


def today(session: Session) -> date:
    """The day of the country's calendar."""
    found: date = session.execute(TODAY).scalar_one()
    return found
