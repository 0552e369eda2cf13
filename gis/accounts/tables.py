"""Tables of roles, accounts, their grants, sessions and access tokens, and of refused logins."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gis.db.orm import Base


class Permission(Base):
    """One thing a role may allow, such as `events.read`; the list is the program's, roles are the city's."""

    __tablename__ = "permission"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)


class Role(Base):
    """A role (角色): data a city edits. Held in an area of one of `levels`, or in a department.

    `dated` asks for an end (替岗), `limited` for the categories it is bounded to.
    """

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str] = mapped_column(Text)
    held_in: Mapped[str] = mapped_column(String(12), server_default="area")
    levels: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    dated: Mapped[bool] = mapped_column(server_default=text("false"))
    limited: Mapped[bool] = mapped_column(server_default=text("false"))
    privileged: Mapped[bool] = mapped_column(server_default=text("false"))
    position: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))

    __table_args__ = (
        CheckConstraint("held_in IN ('area', 'department')", name="held_in"),
        CheckConstraint("(held_in = 'area') = (cardinality(levels) > 0)", name="levels"),
    )


class RolePermission(Base):
    """What a role allows."""

    __tablename__ = "role_permission"

    role: Mapped[str] = mapped_column(
        ForeignKey("role.code", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    permission: Mapped[str] = mapped_column(
        ForeignKey("permission.code", ondelete="CASCADE"), primary_key=True, index=True
    )


class Account(Base):
    """An account (账户) of a member of staff or a resident; `home_area_id` says whose it is to administer.

    `totp_secret` is encrypted with the installation's secret key; `issuer` and `subject` name the person at
    an outside identity provider. Never deleted: the audit refers to it.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    username: Mapped[str] = mapped_column(String(64))
    display_name: Mapped[str] = mapped_column(Text)
    home_area_id: Mapped[int] = mapped_column(ForeignKey("area.id"), index=True)
    password_hash: Mapped[str | None] = mapped_column(Text)
    password_changed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    must_change: Mapped[bool] = mapped_column(server_default=text("true"))
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp: Mapped[bool] = mapped_column(Computed("totp_secret IS NOT NULL", persisted=True))
    totp_last_step: Mapped[int | None] = mapped_column(Integer)
    issuer: Mapped[str | None] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(Text)
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        Index("uq_account_username_folded", func.lower(username), unique=True),
        Index("uq_account_subject", "issuer", "subject", unique=True),
        CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="subject"),
    )


class RoleGrant(Base):
    """A person holds a role in an area's or a department's whole subtree, for a time (任职).

    `valid_to` is the last day; `ended_at` says that it was ended by hand before.
    """

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    role: Mapped[str] = mapped_column(ForeignKey("role.code", onupdate="CASCADE"), index=True)
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    categories: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    valid_from: Mapped[date] = mapped_column(Date, server_default=func.current_date())
    valid_to: Mapped[date | None] = mapped_column(Date)
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    granted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))

    __table_args__ = (
        CheckConstraint("num_nonnulls(area_id, department_id) = 1", name="somewhere"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid"),
        CheckConstraint("categories IS NULL OR cardinality(categories) > 0", name="categories"),
    )


class LoginSession(Base):
    """A browser that is logged in: the hash of an opaque token, ended by idling, by age, or by hand."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    address: Mapped[str | None] = mapped_column(Text)
    agent: Mapped[str | None] = mapped_column(Text)


class AccessToken(Base):
    """A personal access token for scripts and field apps: bounded to some permissions, revocable."""

    __tablename__ = "access_token"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class LoginFailure(Base):
    """A refused login, for the throttle: which name was tried (hashed, it may be a password) and from where."""

    __tablename__ = "login_failure"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    username_hash: Mapped[bytes] = mapped_column(LargeBinary)
    address: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        Index("ix_login_failure_username_hash_at", "username_hash", "at"),
        Index("ix_login_failure_address_at", "address", "at"),
    )
