"""What the accounts room gives to others: the caller of a request, grants, sessions, tokens, accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from gis.db.scope import MAINTENANCE, Scope

RESERVED_NAMES = frozenset({"anonymous", "system", "nobody", "session"})
"""What the audit calls those who have no account."""
Via = Literal["anonymous", "session", "token", "command"]


@dataclass(frozen=True, slots=True)
class Place:
    """An area or a department as far as a person needs it."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held in an area or a department (任职). `categories` are those a limited role is bounded to."""

    id: int
    role: str
    name_zh: str
    name_en: str
    area: Place | None
    department: Place | None
    categories: tuple[int, ...]
    valid_from: date
    valid_to: date | None
    permissions: frozenset[str]
    privileged: bool
    limited: bool = False
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what they may do: read anew at every request, so that a change counts from the next one.

    `must_change`: the password has to be changed before anything else. `permissions` are those held anywhere;
    `scope` says where.
    """

    account_id: int | None
    username: str | None
    display_name: str | None
    roles: tuple[Grant, ...]
    permissions: frozenset[str]
    scope: Scope
    must_change: bool = False
    totp: bool = False
    session_id: int | None = None
    via: Via = "anonymous"
    home_area: Place | None = None

    @property
    def logged_in(self) -> bool:
        """Whether an account stands behind it."""
        return self.account_id is not None


SYSTEM = Caller(None, "system", "system", (), frozenset(), MAINTENANCE, via="command")
"""The command line, which works for the owner of the tables."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session begun: its token, shown to nobody but the browser, and until when it lasts at most."""

    token: str = field(repr=False)
    caller: Caller
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One of a person's own sessions."""

    id: int
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None
    current: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A personal access token without its secret."""

    id: int
    name: str
    permissions: tuple[str, ...]
    created_at: datetime
    used_at: datetime | None
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made: `token` is shown this once."""

    token: str = field(repr=False)
    row: TokenRow


@dataclass(frozen=True, slots=True)
class TotpOffer:
    """A secret for the authenticator app; `sealed` comes back with the first code, nothing is stored before."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as its administrators see it."""

    id: int
    username: str
    display_name: str
    home: Place
    must_change: bool
    has_password: bool
    totp: bool
    outside_identity: bool
    is_demo: bool
    version: int
    created_at: datetime
    disabled_at: datetime | None
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of accounts in the order of their names; `next` is the name to go on after, None at the end."""

    items: tuple[AccountView, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made; `home` is the code of the area whose administrators look after it."""

    username: str
    display_name: str
    home: str
    issuer: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class NewGrant:
    """A role to be given, in an area or a department by its code; `categories` are `scheme:kind:code`."""

    role: str
    area: str | None = None
    department: str | None = None
    categories: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role as data: what it allows and where it may be held."""

    code: str
    name_zh: str
    name_en: str
    held_in: str
    levels: tuple[str, ...]
    dated: bool
    limited: bool
    privileged: bool
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A department of the third tree; `parent` is a code."""

    code: str
    name: str
    parent: str | None
