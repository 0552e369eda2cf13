"""Passwords: what each profile asks of a new one, argon2 to keep them, and first ones made by the program.

`mlps` follows what GB/T 22239 is held to mean in practice (complexity, and a periodic change where an account
is privileged); `asvs` follows OWASP ASVS 5 (length and a list of common ones, nothing periodic). The two
contradict each other, so an installation chooses.
"""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from gis.base.errors import Invalid, Unavailable
from gis.settings import PasswordProfile

LONGEST = 128
FIRST_PASSWORD_DAYS = 14
# Hashing takes a processor and much memory, and whoever knows no password may ask for it: a few at once, a short
# queue, and all of them together fewer than the threads that serve everybody.
AT_ONCE = min(4, max(1, (os.cpu_count() or 1) - 1))
MOST_WAITING, WAIT_S, RETRY_AFTER_S = 3, 5.0, 3
_entrance = BoundedSemaphore(AT_ONCE + MOST_WAITING)
_places = BoundedSemaphore(AT_ONCE)
# Without the signs that are taken for one another; by hand from paper to a phone.
_ALPHABET = ("abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789")
_LOOKALIKES = str.maketrans("@401!$57", "aaoiisst")
_CLASSES = ("[a-z]", "[A-Z]", "[0-9]", "[^a-zA-Z0-9]")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a profile asks; `classes` of the four kinds of signs, `privileged_days` until it has to be changed."""

    shortest: int
    classes: int
    privileged_days: int | None


RULES = {
    PasswordProfile.MLPS: Rules(shortest=10, classes=3, privileged_days=90),
    PasswordProfile.ASVS: Rules(shortest=12, classes=0, privileged_days=None),
}


def normal_form(password: str) -> str:
    """One form of what different keyboards send for the same signs (full-width letters, composed accents)."""
    return unicodedata.normalize("NFKC", password)


def refuse_weak(password: str, username: str, profile: PasswordProfile, *, field: str = "password") -> None:
    """Raise Invalid `password_…` when the profile does not take this password for this account."""
    rules, password = RULES[profile], normal_form(password)
    if len(password) < rules.shortest:
        raise Invalid(
            "password_short",
            f"密码至少 {rules.shortest} 个字符",
            f"A password has {rules.shortest} characters at least",
            field=field,
            shortest=rules.shortest,
        )
    if len(password) > LONGEST:
        raise Invalid(
            "password_long",
            f"密码至多 {LONGEST} 个字符",
            f"A password has {LONGEST} characters at most",
            field=field,
        )
    if sum(bool(re.search(kind, password)) for kind in _CLASSES) < rules.classes:
        raise Invalid(
            "password_plain",
            f"密码须含大写字母、小写字母、数字、其他字符中的 {rules.classes} 类",
            f"A password has {rules.classes} of: capital letters, small letters, digits, other signs",
            field=field,
            classes=rules.classes,
        )
    _refuse_guessable(password, username, field)


def _refuse_guessable(password: str, username: str, field: str) -> None:
    folded, name = password.casefold(), normal_form(username).casefold()
    if (len(name) >= 3 and name in folded) or (len(name) >= 3 and name[::-1] in folded):
        raise Invalid(
            "password_name", "密码不能包含用户名", "A password does not contain the user name", field=field
        )
    bare = _without_tail(folded)
    written = re.sub(r"[^a-z]", "", bare.translate(_LOOKALIKES))
    if len(set(folded)) < 5 or common() & {folded, bare, written}:
        raise Invalid(
            "password_common",
            "这个密码太常见，容易被猜到",
            "This password is too common, it would be guessed",
            field=field,
        )


def _without_tail(folded: str) -> str:
    """`password` of `password2026!!`: years, counts and signs at either end are what everybody adds."""
    return re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)


@cache
def common() -> frozenset[str]:
    """Passwords everybody tries first: a small list of our own, in small letters."""
    lines = (
        resources.files("gis.accounts").joinpath("data", "common_passwords.txt").read_text("utf-8").split()
    )
    return frozenset(lines)


def is_outworn(
    profile: PasswordProfile, privileged: bool, changed_at: datetime | None, now: datetime
) -> bool:
    """Whether the profile asks for a new password by now."""
    days = RULES[profile].privileged_days
    if days is None or not privileged or changed_at is None:
        return False
    return now - changed_at >= timedelta(days=days)


def first_password(username: str, profile: PasswordProfile) -> str:
    """A password for the first login, in four groups, such as the profile takes; about 90 bits."""
    while True:
        groups = ["".join(secrets.choice("".join(_ALPHABET)) for _ in range(4)) for _ in range(4)]
        made = "-".join(groups)
        with suppress(Invalid):
            refuse_weak(made, username, profile)
            return made


@cache
def hasher() -> PasswordHash:
    """Argon2id beyond what OWASP asks at least (46 MiB and one pass, in one lane), on one processor each."""
    return PasswordHash((Argon2Hasher(time_cost=2, memory_cost=46 * 1024, parallelism=1),))


@contextmanager
def _place() -> Iterator[None]:
    """A place for hashing; Unavailable `busy` at once when the queue for it is full, or after waiting long."""
    busy = Unavailable(
        "busy",
        "登录请求过多，请稍后重试",
        "Too many passwords are being checked; please try again soon",
        retry_after_s=RETRY_AFTER_S,
    )
    if not _entrance.acquire(blocking=False):
        raise busy
    try:
        if not _places.acquire(timeout=WAIT_S):
            raise busy
        try:
            yield
        finally:
            _places.release()
    finally:
        _entrance.release()


@cache
def _nobodys() -> str:
    return hasher().hash(secrets.token_urlsafe(32))


def hash_password(password: str) -> str:
    """The argon2 hash to be stored. Raises Unavailable `busy`."""
    with _place():
        return hasher().hash(_bytes(password))


def verify(password: str, stored: str | None) -> bool:
    """Whether the password fits; without a stored one the same work is done for nothing, so that time tells nothing.

    Raises Unavailable `busy`.
    """
    given = _bytes(password[:LONGEST])
    with _place():
        try:
            fits = hasher().verify(given, stored or _nobodys())
        except UnknownHashError:
            hasher().verify(given, _nobodys())
            return False
    return fits and bool(stored)


def _bytes(password: str) -> bytes:
    return normal_form(password).encode("utf-8", "surrogatepass")
