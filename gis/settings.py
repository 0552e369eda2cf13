"""Settings from the environment, prefix WANGGE_; unsafe ones are refused outside development."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gis.base.tile_address import read_tile_url

_RATE = re.compile(r"[1-9]\d{0,5}/(second|minute|hour|day)", re.ASCII)
_ORIGIN = re.compile(r"https?://([A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?/?", re.ASCII)
SHORTEST_KEY = 32
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Environment(StrEnum):
    """Where the program runs."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class PasswordProfile(StrEnum):
    """Which rules a new password obeys; `gis.accounts.passwords` holds them."""

    MLPS = "mlps"
    ASVS = "asvs"


class Settings(BaseSettings):
    """All settings of the service; each is documented in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", extra="forbid")

    environment: Environment = Environment.DEVELOPMENT
    database_url: str | None = Field(
        default=None, description="PostGIS to use; without it a private cluster is made and started."
    )
    api_database_url: str | None = Field(
        default=None, description="The same database as a member of wangge_api, for the web edge."
    )
    state_dir: Path = Field(default=Path(".wangge"), description="Private cluster, caches, attachments.")
    host: str = Field(default="127.0.0.1", description="Address to bind; others than loopback need accounts.")
    allowed_hosts: str = Field(
        default="", description="Further host names to answer to, comma separated; for a proxy in front."
    )
    public_url: str | None = Field(
        default=None,
        description="Where people find the service, https://host[:port]; with https cookies are Secure.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, comma separated, whose X-Forwarded-For and -Proto are believed.",
    )
    rate_reports: str = Field(
        default="120/minute", description="Reports an address may send without logging in, a process."
    )
    rate_account_reports: str = Field(
        default="600/hour", description="Reports an account may send, a process."
    )
    rate_photos: str = Field(
        default="240/minute", description="Photos an address may send without logging in, a process."
    )
    rate_alarms: str = Field(
        default="600/minute", description="Alarms of sensors from an address, a process."
    )
    rate_logins: str = Field(default="60/minute", description="Logins an address may try, a process.")
    rate_refused_commands: str = Field(
        default="600/hour", description="Commands of an account that may be refused, a process."
    )
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    cursor_secret: str = Field(
        default="development-only", description="Signs paging cursors; must be set in production."
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Seals second factors and what travels through a browser; 32 signs at least. Without it a key "
        "is made in the state folder; must be set in production.",
    )
    password_profile: PasswordProfile = Field(
        default=PasswordProfile.MLPS, description="mlps (GB/T 22239) or asvs (OWASP)."
    )
    session_idle_min: int = Field(
        default=30, ge=1, le=24 * 60, description="Idle minutes that end a session."
    )
    session_hours: int = Field(default=12, ge=1, le=24, description="Hours after which any session ends.")
    login_failures: int = Field(
        default=5, ge=1, le=100, description="Failed logins of one name in the window."
    )
    login_failures_address: int = Field(
        default=50, ge=1, le=100_000, description="Failed logins from one address in the window."
    )
    login_window_min: int = Field(default=15, ge=1, le=24 * 60, description="The window of failed logins.")
    oidc_issuer: str = Field(default="", description="OpenID provider to log in with; off without it.")
    oidc_client_id: str = Field(default="", description="The service's name at that provider.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Its secret there, if it has one."
    )
    oidc_redirect_url: str = Field(
        default="", description="Where the provider sends browsers back: https://…/login/oidc/callback."
    )
    oidc_create: str = Field(
        default="",
        description="Code of the area in which accounts are made, without any role, for those the provider knows "
        "and we do not; without it they are refused.",
    )
    sample_watermark: bool = Field(
        default=False, description="Mark every map 虚构示例·非真实区划; set by loading sample data as well."
    )
    tile_url: str | None = Field(
        default=None,
        description="Base map tiles of the operator, https://host/{z}/{x}/{y}.png or /path/{z}/{x}/{y}.png; "
        "without it our own streets and water. Never under sample data, whose ground is invented.",
    )
    tile_attribution: str = Field(
        default="", max_length=300, description="Whose tiles these are, and the approval number of the map."
    )
    audit_days: int = Field(
        default=400, ge=184, le=36500, description="How long the audit is kept; six months at least."
    )
    webhook_hosts: str = Field(
        default="", description="Hosts that webhooks may call, comma separated; none without it."
    )
    smtp_host: str = Field(default="", description="Mail server for notices; no mail without it.")
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = Field(default="", description="Name at the mail server; with one, TLS is demanded.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password at the mail server.")
    mail_from: str = Field(default="wangge@localhost", description="Sender of mails.")
    max_body_bytes: int = Field(default=25 * 1024 * 1024, ge=1024)

    @field_validator(
        "rate_reports",
        "rate_account_reports",
        "rate_photos",
        "rate_alarms",
        "rate_logins",
        "rate_refused_commands",
    )
    @classmethod
    def _read_rate(cls, value: str) -> str:
        if not _RATE.fullmatch(value):
            raise ValueError(
                "应形如 30/minute，次数为 1 至 999999，时段为 second、minute、hour 或 day / "
                "must look like 30/minute: 1 to 999999 in a second, minute, hour or day"
            )
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _read_proxies(cls, value: str) -> str:
        for part in filter(None, (part.strip() for part in value.split(","))):
            ipaddress.ip_network(part, strict=False)
        return value

    @field_validator("public_url")
    @classmethod
    def _read_public_url(cls, value: str | None) -> str | None:
        if not value or not value.strip():
            return None
        if not _ORIGIN.fullmatch(value.strip()):
            raise ValueError("应形如 https://host[:port] / must look like https://host[:port]")
        return value.strip().rstrip("/").lower()

    @field_validator("tile_url")
    @classmethod
    def _read_tile_url(cls, value: str | None) -> str | None:
        return read_tile_url(value.strip()) if value and value.strip() else None

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"至少 {SHORTEST_KEY} 个字符 / {SHORTEST_KEY} signs at least")
        return value

    @field_validator("oidc_issuer", "oidc_redirect_url")
    @classmethod
    def _https(cls, value: str) -> str:
        """Over https, or on this machine; what a login travels through is not to be read on the way."""
        if not value:
            return value
        url = urlsplit(value)
        good = url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
        if not (good and url.hostname) or url.query or url.fragment or url.username:
            raise ValueError("应为 https 地址 / must be an https address")
        return value

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_redirect_url):
            raise ValueError(
                "设置 WANGGE_OIDC_ISSUER 时还须设置 WANGGE_OIDC_CLIENT_ID、WANGGE_OIDC_REDIRECT_URL / "
                "with WANGGE_OIDC_ISSUER set also: WANGGE_OIDC_CLIENT_ID, WANGGE_OIDC_REDIRECT_URL"
            )
        if self.environment is Environment.PRODUCTION:
            missing = [name for name, unset in self._placeholders() if unset]
            if missing:
                raise ValueError(
                    f"生产环境必须设置 {'、'.join(missing)} / must be set in production: {', '.join(missing)}"
                )
        return self

    def _placeholders(self) -> tuple[tuple[str, bool], ...]:
        return (
            ("WANGGE_CURSOR_SECRET", self.cursor_secret == "development-only"),  # noqa: S105
            ("WANGGE_SECRET_KEY", not self.secret_key.get_secret_value()),
        )
