"""The installation's secret: keys for sealing, made of WANGGE_SECRET_KEY or of a file only its owner reads."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gis.accounts.texts import fold_name
from gis.base.errors import Unavailable
from gis.settings import Environment, Settings

FILE = "secret"


def key_for(settings: Settings, purpose: str) -> bytes:
    """32 bytes for one purpose; they tell nothing about the keys of the others."""
    return _derived(_root(settings), purpose)


def seal(settings: Settings, purpose: str, value: bytes) -> bytes:
    """Encrypt and sign, so that only this installation can read it, for the same purpose."""
    return _fernet(settings, purpose).encrypt(value)


def unseal(settings: Settings, purpose: str, sealed: bytes, *, max_age_s: int | None = None) -> bytes | None:
    """What was sealed; None when it was not, was altered, is for another purpose, or too old."""
    try:
        return _fernet(settings, purpose).decrypt(sealed, ttl=max_age_s)
    except InvalidToken:
        return None


def name_hash(settings: Settings, name: str) -> bytes:
    """A name somebody tried to log in with, for counting: it may be a password typed into the wrong field."""
    folded = fold_name(name).encode("utf-8", "replace")
    return hmac.digest(key_for(settings, "login names"), folded, "sha256")


def token_hash(token: str) -> bytes:
    """What is stored of a session's or access token; 256 random bits need no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _fernet(settings: Settings, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key_for(settings, purpose)))


@lru_cache(maxsize=64)
def _derived(root: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=f"wangge {purpose}".encode()).derive(root)


def _root(settings: Settings) -> bytes:
    given = settings.secret_key.get_secret_value()
    if given:
        return given.encode()
    if settings.environment is Environment.PRODUCTION:
        raise Unavailable(
            "secret_key_missing",
            "生产环境必须设置 WANGGE_SECRET_KEY。",
            "WANGGE_SECRET_KEY must be set in production.",
        )
    return _kept(settings.state_dir.absolute() / FILE)


@lru_cache(maxsize=8)
def _kept(path: Path) -> bytes:
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise Unavailable(
            "secret_exposed",
            f"密钥文件可被其他用户读取，请执行：chmod 600 {path}",
            f"the file of the secret can be read by others; run: chmod 600 {path}",
        )
    return path.read_bytes()


def _make(path: Path) -> None:
    """Whole or not at all, once, even when several processes begin at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # readable by its owner only
    made = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink()
