"""Settings from the environment, prefix WANGGE_; unsafe ones are refused outside development."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gis.base.tile_address import read_tile_url

_RATE = re.compile(r"[1-9]\d{0,5}/(second|minute|hour|day)", re.ASCII)
_ORIGIN = re.compile(r"https?://([A-Za-z0-9.\-]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?/?", re.ASCII)
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Environment(StrEnum):
    """Where the program runs."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


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
    host: str = Field(default="127.0.0.1", description="Address to bind; loopback only until accounts exist.")
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
        default="30/minute", description="Reports an address may send without logging in, a process."
    )
    rate_photos: str = Field(
        default="60/minute", description="Photos an address may send without logging in, a process."
    )
    rate_logins: str = Field(default="30/minute", description="Logins an address may try, a process.")
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    cursor_secret: str = Field(
        default="development-only", description="Signs paging cursors; must be set in production."
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
    max_body_bytes: int = Field(default=25 * 1024 * 1024, ge=1024)

    @field_validator("rate_reports", "rate_photos", "rate_logins")
    @classmethod
    def _read_rate(cls, value: str) -> str:
        if not _RATE.fullmatch(value):
            raise ValueError("应形如 30/minute / must look like 30/minute")
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

    @model_validator(mode="after")
    def _refuse_unsafe(self) -> Self:
        if self.environment is Environment.PRODUCTION and self.cursor_secret == "development-only":  # noqa: S105
            raise ValueError(
                "生产环境必须设置 WANGGE_CURSOR_SECRET / WANGGE_CURSOR_SECRET must be set in production"
            )
        return self
