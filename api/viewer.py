"""Whom a page greets: the name, the roles and the permissions its head and its doors go by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody logged in, as the head of a page shows them."""

    name: str
    roles: str
    permissions: frozenset[str]

    def holds_any(self, wanted: str) -> bool:
        """Whether they hold one of these permissions, written one beside the other."""
        return not self.permissions.isdisjoint(wanted.split())


def viewer_of(request: Request, language: str) -> Viewer | None:
    """The viewer of a page; None for somebody who is not logged in."""
    caller: Any = getattr(request.state, "caller", None)
    if caller is None or caller.account_id is None:
        return None
    return Viewer(caller.display_name, _roles(caller, language), frozenset(caller.permissions))


def _roles(caller: Any, language: str) -> str:
    """Names of the roles held now, each once."""
    if language != "en":
        return "、".join(dict.fromkeys(role.name_zh for role in caller.roles))
    names = dict.fromkeys(role.name_en[:1].upper() + role.name_en[1:] for role in caller.roles)
    return ", ".join(names)
