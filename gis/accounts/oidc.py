"""Logging in by an outside OpenID provider (统一身份认证): authorization code with PKCE, state and nonce.

Off unless configured. What has to be remembered between the two steps travels in a sealed cookie, ten minutes long.
An account is found by issuer and subject, never by name or mail; one is made only where the settings say so, and
then without any role.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from requests import RequestException
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.accounts import audit, store
from gis.accounts.login import begin as begin_session
from gis.accounts.model import RESERVED_NAMES, LoggedIn
from gis.accounts.oidc_provider import WAIT_S, Provider, Untrusted, discover, unreachable, verified_claims
from gis.accounts.people import Origin
from gis.accounts.secret import seal, unseal
from gis.accounts.texts import NAME_SIGNS, fold_name
from gis.base.errors import NotFound, Unauthenticated
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.settings import Settings

COOKIE = "wangge_oidc"
LASTS_S = 10 * 60
SCOPE = "openid profile"
_PURPOSE = "oidc logins"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the cookie (`COOKIE`, HttpOnly, Lax, `LASTS_S`) it comes back with."""

    url: str
    sealed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """A session begun, and the address of ours the person wanted; the caller checks that it is one."""

    login: LoggedIn
    next: str


def begin(settings: Settings, next_path: str) -> Begun:
    """The first step. Raises NotFound `oidc_off`, Unavailable `oidc_unreachable`."""
    provider = _provider(settings)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _client(settings) as client:
        url, _ = client.create_authorization_url(
            provider.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
        )
    told = json.dumps([state, nonce, verifier, next_path]).encode()
    return Begun(url, seal(settings, _PURPOSE, told).decode())


def finish(
    engine: Engine,
    settings: Settings,
    sealed: str | None,
    query: Mapping[str, str],
    address: str | None,
    agent: str | None,
    *,
    trace_id: str | None = None,
    previous: str | None = None,
) -> Finished:
    """The second step: `query` is what the provider sent the browser back with, `sealed` the cookie of the first.

    Raises Unauthenticated `oidc_refused` (whatever does not fit), `oidc_unknown` (nobody here is bound to that
    person, or the account is disabled), NotFound `oidc_off`, Unavailable `oidc_unreachable`.
    """
    provider = _provider(settings)
    state, nonce, verifier, wanted = _remembered(settings, sealed)
    origin = Origin(address, trace_id)
    nobody = scoped(engine, Scope("anonymous", address=address, trace_id=trace_id))
    if not hmac.compare_digest(query.get("state", "").encode("utf-8", "replace"), state.encode()):
        raise _refused(nobody, "state")
    if query.get("error") or not query.get("code"):
        raise _refused(nobody, "provider")
    try:
        claims = _claims(settings, provider, query["code"], verifier, nonce)
    except Untrusted as error:
        raise _refused(nobody, error.why) from error
    with unit_of_work(nobody) as session:
        account_id = _account(session, settings, claims)
        begun = None
        if account_id is not None:
            begun = begin_session(session, settings, account_id, origin, agent, previous, how="oidc")
    if begun is None:
        raise _unknown(nobody, account_id)
    return Finished(begun, wanted)


def _provider(settings: Settings) -> Provider:
    if not settings.oidc_issuer:
        raise NotFound("oidc_off", "未启用统一身份认证", "Logging in by an outside provider is off")
    return discover(settings.oidc_issuer)


def _client(settings: Settings) -> Any:
    secret = settings.oidc_client_secret.get_secret_value()
    return OAuth2Session(
        settings.oidc_client_id,
        secret or None,
        scope=SCOPE,
        redirect_uri=settings.oidc_redirect_url,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
    )


def _remembered(settings: Settings, sealed: str | None) -> tuple[str, str, str, str]:
    told = unseal(settings, _PURPOSE, (sealed or "").encode("utf-8", "replace"), max_age_s=LASTS_S)
    if told is None:
        raise _refusal()
    state, nonce, verifier, wanted = json.loads(told)
    return state, nonce, verifier, wanted


def _claims(
    settings: Settings, provider: Provider, code: str, verifier: str, nonce: str
) -> Mapping[str, Any]:
    try:
        with _client(settings) as client:
            token = client.fetch_token(
                provider.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
                timeout=WAIT_S,
                allow_redirects=False,
            )
    except OAuthError as error:
        raise Untrusted("code") from error
    except RequestException as error:
        raise unreachable() from error
    except ValueError as error:
        raise Untrusted("answer") from error
    return verified_claims(provider, token.get("id_token"), settings.oidc_client_id, nonce)


def _account(session: Session, settings: Settings, claims: Mapping[str, Any]) -> int | None:
    issuer, subject = settings.oidc_issuer, str(claims["sub"])
    found = session.execute(store.OIDC, {"issuer": issuer, "subject": subject}).one_or_none()
    if found is not None:
        return int(found.account_id)
    return _made(session, settings, claims, issuer, subject) if settings.oidc_create else None


def _made(
    session: Session, settings: Settings, claims: Mapping[str, Any], issuer: str, subject: str
) -> int | None:
    """An account without any role; its name is the provider's, with a mark of its own where that is taken."""
    said = claims.get("preferred_username")
    plain = re.sub(f"[^{NAME_SIGNS}_.@-]", "", said if isinstance(said, str) else "")[:40].strip(".@-_")
    mark = hashlib.sha256(f"{issuer} {subject}".encode()).hexdigest()[:8]
    shown = claims.get("name")
    usable = len(plain) >= 2 and fold_name(plain) not in RESERVED_NAMES
    names = [plain, f"{plain}.{mark}"] if usable else [f"oidc.{mark}"]
    for username in names:
        made = session.scalar(
            store.OIDC_ACCOUNT,
            {
                "issuer": issuer,
                "subject": subject,
                "username": username,
                "display_name": shown[:100] if isinstance(shown, str) and shown.strip() else username,
                "home": settings.oidc_create,
            },
        )
        if made is not None:
            audit.record(session, "account.create", "account", made, details={"by": "oidc"})
            return int(made)
    return None


def _refusal() -> Unauthenticated:
    return Unauthenticated(
        "oidc_refused",
        "统一身份认证未成功，请重新登录",
        "Logging in by the provider did not succeed; try again",
    )


def _refused(nobody: Engine, why: str) -> Unauthenticated:
    audit.record_refusal(nobody, "session.refused", "session", "-", details={"reason": why, "by": "oidc"})
    return _refusal()


def _unknown(nobody: Engine, account_id: int | None) -> Unauthenticated:
    kind, of = ("session", "-") if account_id is None else ("account", str(account_id))
    audit.record_refusal(nobody, "session.refused", kind, of, details={"reason": "unknown", "by": "oidc"})
    return Unauthenticated(
        "oidc_unknown",
        "您的身份尚未绑定账户，或账户已停用，请联系管理员",
        "No account here is bound to you, or it is disabled; ask an administrator",
    )
