"""Rows of a lookup as a caller: grants read, and what they allow laid out as the scope of a transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from gis.accounts.model import Caller, Grant, Place, Via
from gis.accounts.passwords import is_outworn
from gis.db.scope import Scope
from gis.settings import Settings


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from."""

    address: str | None = None
    trace_id: str | None = None


def read_place(told: Mapping[str, Any] | None) -> Place | None:
    """An area or a department of a lookup."""
    return None if told is None else Place(told["id"], told["code"], told["name"])


def read_grant(told: Mapping[str, Any]) -> Grant:
    """One grant of a lookup."""
    return Grant(
        id=told["id"],
        role=told["role"],
        name_zh=told["name_zh"],
        name_en=told["name_en"],
        area=read_place(told["area"]),
        department=read_place(told["department"]),
        categories=tuple(told["categories"]),
        valid_from=date.fromisoformat(told["valid_from"]),
        valid_to=date.fromisoformat(told["valid_to"]) if told["valid_to"] else None,
        permissions=frozenset(told["permissions"]),
        privileged=told["privileged"],
        limited=told["limited"],
        in_force=told.get("in_force", True),
    )


def scope_for(
    account_id: int, username: str, grants: Iterable[Grant], allowed: frozenset[str] | None, origin: Origin
) -> Scope:
    """What grants allow and where: permissions to roots of subtrees; `allowed` bounds them (a token)."""
    areas: dict[str, set[int]] = defaultdict(set)
    departments: dict[str, set[int]] = defaultdict(set)
    limited: set[tuple[str, int, int]] = set()
    roles: dict[str, None] = {}
    for grant in grants:
        roles[grant.role] = None
        for permission in grant.permissions if allowed is None else grant.permissions & allowed:
            if grant.department is not None:
                departments[permission].add(grant.department.id)
            elif grant.area is not None and grant.limited:
                limited |= {(permission, grant.area.id, category) for category in grant.categories}
            elif grant.area is not None:
                areas[permission].add(grant.area.id)
    return Scope(
        actor=username,
        account_id=account_id,
        roles=tuple(roles),
        address=origin.address,
        trace_id=origin.trace_id,
        areas=_sorted(areas),
        departments=_sorted(departments),
        limited=tuple(sorted(limited)),
    )


def _sorted(held: Mapping[str, set[int]]) -> dict[str, tuple[int, ...]]:
    return {permission: tuple(sorted(roots)) for permission, roots in sorted(held.items())}


def held_anywhere(scope: Scope) -> frozenset[str]:
    """The permissions of a scope."""
    return frozenset([*scope.areas, *scope.departments, *(permission for permission, _, _ in scope.limited)])


def caller_from(row: Any, settings: Settings, origin: Origin, via: Via) -> Caller:
    """The caller of a session's or a token's lookup."""
    grants: Sequence[Grant] = tuple(read_grant(told) for told in row.grants)
    allowed = frozenset(row.allowed) if via == "token" else None
    scope = scope_for(row.account_id, row.username, grants, allowed, origin)
    privileged = any(grant.privileged for grant in grants)
    outworn = is_outworn(settings.password_profile, privileged, row.password_changed_at, datetime.now(UTC))
    return Caller(
        account_id=row.account_id,
        username=row.username,
        display_name=row.display_name,
        roles=tuple(grants),
        permissions=held_anywhere(scope),
        scope=scope,
        must_change=row.must_change or outworn,
        totp=row.totp,
        session_id=row.session_id if via == "session" else None,
        via=via,
        home_area=read_place(row.home),
    )
