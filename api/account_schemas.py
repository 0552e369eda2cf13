"""How sessions, accounts, roles and the audit look from outside."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from api.schemas import Named, Strict

SHOWN = 1000
Text = Annotated[str, Field(min_length=1, max_length=200)]
Secret = Annotated[str, Field(min_length=1, max_length=SHOWN, json_schema_extra={"format": "password"})]
Code = Annotated[str, Field(min_length=1, max_length=64)]


class LoginIn(Strict):
    """Name and password, and the code of the second factor where the account has one."""

    username: Annotated[str, Field(max_length=SHOWN)]
    password: Annotated[str, Field(max_length=SHOWN, json_schema_extra={"format": "password"})]
    code: Annotated[str | None, Field(max_length=20)] = None


class PasswordIn(Strict):
    """The old password and the new one."""

    old: Secret
    new: Secret


class ProofIn(Strict):
    """The password again, before the second factor changes."""

    password: Secret


class TotpOffIn(ProofIn):
    """The password and a current code, before the second factor is switched off."""

    code: Annotated[str | None, Field(max_length=20)] = None


class TotpIn(Strict):
    """What was offered, and a first code from the app."""

    sealed: Annotated[str, Field(min_length=1, max_length=SHOWN)]
    code: Annotated[str, Field(min_length=1, max_length=20)]


class TokenIn(Strict):
    """A token for a script or a field app: its name, what it may, until when; and my password, if I have one."""

    name: Text
    permissions: Annotated[list[Code], Field(max_length=50)]
    expires_at: AwareDatetime | None = None
    password: Secret | None = None


class AccountIn(Strict):
    """A new account; `home` is the code of the area whose administrators look after it."""

    username: Code
    display_name: Text
    home: Code
    issuer: Annotated[str | None, Field(max_length=300)] = None
    subject: Annotated[str | None, Field(max_length=300)] = None


class AccountChange(Strict):
    """What changes of an account; what is not named stays."""

    display_name: Text | None = None
    home: Code | None = None
    disabled: bool | None = None


class GrantIn(Strict):
    """A role in an area or in a department, by code."""

    role: Code
    area: Code | None = None
    department: Code | None = None
    categories: list[Annotated[str, Field(max_length=80)]] = Field(default=[], max_length=200)
    valid_from: date | None = None
    valid_to: date | None = None


class ReasonIn(Strict):
    """Why somebody needs to know; it goes on record."""

    reason: Annotated[str, Field(description="4 to 200 characters", max_length=SHOWN)]


class RoleHeld(BaseModel):
    """A role and where it is held."""

    id: int
    role: str
    name_zh: str
    name_en: str
    area: Named | None
    department: Named | None
    valid_from: date
    valid_to: date | None


class Me(BaseModel):
    """The account behind a session or a token."""

    id: int
    username: str
    display_name: str
    home: Named | None


class SessionOut(BaseModel):
    """Who is logged in; `account` null for nobody. `csrf` goes back in X-CSRF-Token with every change."""

    account: Me | None
    roles: list[RoleHeld]
    permissions: list[str]
    must_change: bool
    totp: bool
    csrf: str | None
    via: Literal["anonymous", "session", "token"]


class SessionItem(BaseModel):
    """One of my sessions."""

    id: int
    created_at: AwareDatetime
    seen_at: AwareDatetime
    expires_at: AwareDatetime
    address: str | None
    agent: str | None
    current: bool


class SessionList(BaseModel):
    """My sessions."""

    items: list[SessionItem]


class Ended(BaseModel):
    """How many sessions ended."""

    ended: int


class TotpOut(BaseModel):
    """A secret for the authenticator app, as text, as its address, and as a picture (SVG in a data URI)."""

    secret: str
    uri: str
    sealed: str
    qr: str


class TokenOut(BaseModel):
    """An access token; `token` is only there in the answer that made it."""

    id: int
    name: str
    permissions: list[str]
    created_at: AwareDatetime
    used_at: AwareDatetime | None
    expires_at: AwareDatetime
    revoked_at: AwareDatetime | None
    token: str | None = None


class TokenList(BaseModel):
    """My access tokens."""

    items: list[TokenOut]


class GrantOut(RoleHeld):
    """A role given to somebody; `in_force` says whether it counts today."""

    categories: list[int]
    in_force: bool


class AccountOut(BaseModel):
    """An account as its administrators see it."""

    id: int
    username: str
    display_name: str
    home: Named
    must_change: bool
    has_password: bool
    totp: bool
    outside_identity: bool
    is_demo: bool
    version: int
    created_at: AwareDatetime
    disabled_at: AwareDatetime | None
    roles: list[GrantOut]


class AccountMade(AccountOut):
    """A new account with its first password, shown this once."""

    password: str | None


class AccountList(BaseModel):
    """Accounts by name; `next` is the cursor of the page after."""

    items: list[AccountOut]
    next: str | None


class FirstPassword(BaseModel):
    """A password to be changed at the first login, shown this once."""

    password: str


class RoleOut(BaseModel):
    """A role as the city defined it."""

    code: str
    name_zh: str
    name_en: str
    held_in: Literal["area", "department"]
    levels: list[str]
    dated: bool
    limited: bool
    privileged: bool
    permissions: list[str]


class DepartmentOut(Named):
    """A department; `parent` is the code of the one above."""

    parent: str | None


class AuditOut(BaseModel):
    """One row of the audit."""

    id: int
    at: AwareDatetime
    account_id: int | None
    actor: str
    role: str
    address: str | None
    trace_id: str | None
    area: Named | None
    action: str
    object_type: str
    object_id: str
    result: Literal["ok", "refused", "failed"]
    details: dict[str, Any]
    seq: int


class AuditPage(BaseModel):
    """Rows of the audit, newest first."""

    items: list[AuditOut]
    next: str | None
