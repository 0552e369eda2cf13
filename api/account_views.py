"""What the accounts room answers, as JSON values."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from gis.accounts.model import AccountView, DepartmentRow, Grant, Place, RoleRow, SessionRow, TokenRow


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


def _place(place: Place | None) -> dict[str, str] | None:
    return None if place is None else {"code": place.code, "name": place.name}


def _fields(row: Any) -> dict[str, Any]:
    return {name: _plain(value) for name, value in asdict(row).items()}


def grant_view(grant: Grant) -> dict[str, Any]:
    """A role held, and where."""
    return {
        "id": grant.id,
        "role": grant.role,
        "name_zh": grant.name_zh,
        "name_en": grant.name_en,
        "area": _place(grant.area),
        "department": _place(grant.department),
        "valid_from": _plain(grant.valid_from),
        "valid_to": _plain(grant.valid_to),
    }


def session_view(row: SessionRow) -> dict[str, Any]:
    """One of a person's sessions."""
    return _fields(row)


def token_view(row: TokenRow) -> dict[str, Any]:
    """A token without its secret."""
    return _fields(row)


def role_view(row: RoleRow) -> dict[str, Any]:
    """A role as data."""
    return _fields(row)


def department_view(row: DepartmentRow) -> dict[str, Any]:
    """A department."""
    return _fields(row)


def account_view(account: AccountView) -> dict[str, Any]:
    """An account with its roles, past ones as well."""
    shown = {
        name: _plain(getattr(account, name))
        for name in (
            "id",
            "username",
            "display_name",
            "must_change",
            "has_password",
            "totp",
            "outside_identity",
            "is_demo",
            "version",
            "created_at",
            "disabled_at",
        )
    }
    roles = [
        grant_view(grant) | {"categories": list(grant.categories), "in_force": grant.in_force}
        for grant in account.grants
    ]
    return shown | {"home": _place(account.home), "roles": roles}
