"""Time-based one-time codes (RFC 6238): sealed secrets, one step of drift, each code once."""

from __future__ import annotations

import hmac
import json
import re
import time

import pyotp

from gis.accounts.model import Caller, TotpOffer
from gis.accounts.secret import seal, unseal
from gis.base.errors import Invalid, Unavailable
from gis.settings import Settings

STEP_S = 30
DRIFT_STEPS = 1
OFFER_S = 15 * 60
ISSUER = "网格 Wangge"
_STORED, _OFFERED = "totp secrets", "totp offers"


def read_step(settings: Settings, sealed: bytes, code: str, *, now: float | None = None) -> int | None:
    """The step a code is of, at most one before or after now; None for a wrong one."""
    secret = unseal(settings, _STORED, bytes(sealed))
    if secret is None:
        raise Unavailable(
            "secret_key_changed",
            "无法读取动态口令密钥：WANGGE_SECRET_KEY（或状态目录中的 secret 文件）已改变。",
            "the secrets of the second factor cannot be read: WANGGE_SECRET_KEY (or the file secret in the state "
            "folder) has changed.",
        )
    return step_of(secret.decode(), code, now=now)


def step_of(secret: str, code: str, *, now: float | None = None) -> int | None:
    """The step at which an authenticator app shows this code; None when it is not near."""
    typed = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", typed, re.ASCII):
        return None
    here = int((time.time() if now is None else now) // STEP_S)
    app = pyotp.TOTP(secret, interval=STEP_S)
    steps = range(here - DRIFT_STEPS, here + DRIFT_STEPS + 1)
    fitting = [step for step in steps if hmac.compare_digest(app.generate_otp(step), typed)]
    return max(fitting, default=None)


def offer(settings: Settings, caller: Caller, version: int) -> TotpOffer:
    """A new secret, not stored yet: it comes back sealed, for this version of the account, within a quarter of an hour."""
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=caller.username or "", issuer_name=ISSUER)
    told = json.dumps([caller.account_id, version, secret]).encode()
    return TotpOffer(secret, uri, seal(settings, _OFFERED, told).decode())


def accept(settings: Settings, caller: Caller, version: int, sealed: str, code: str) -> tuple[bytes, int]:
    """The secret to be stored and the step of the first code. Raises Invalid `bad_totp_offer`, `wrong_code`."""
    told = unseal(settings, _OFFERED, sealed.encode("utf-8", "replace"), max_age_s=OFFER_S)
    account_id, of_version, secret = (None, 0, "") if told is None else json.loads(told)
    if told is None or (account_id, of_version) != (caller.account_id, version):
        raise Invalid(
            "bad_totp_offer",
            "这个二维码已过期，请重新开始",
            "This code to scan is too old; begin again",
            field="sealed",
        )
    step = step_of(secret, code)
    if step is None:
        raise Invalid(
            "wrong_code",
            "动态口令不符，请检查手机时间",
            "The code is wrong; is the phone's clock right?",
            field="code",
        )
    return seal(settings, _STORED, secret.encode()), step
