"""What a provider says of itself, and whether a token is really its own, for us, now, and for this login."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gis.base.errors import Unavailable
from gis.settings import LOOPBACK

WAIT_S = 8
KEPT_S = 10 * 60
LEEWAY_S = 60
LARGEST_BYTES = 1 << 20
# Signatures by a key of the provider's own: never `none`, never a secret that we hold too.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


class Untrusted(Exception):
    """A token that is not to be believed; `why` is for the auditors."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Provider:
    """The addresses of a provider and its keys."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    keys: KeySet
    read_at: float


_known: dict[str, Provider] = {}
_lock = threading.Lock()


def discover(issuer: str) -> Provider:
    """The provider of an issuer, asked again after ten minutes. Raises Unavailable `oidc_unreachable`."""
    with _lock:
        found = _known.get(issuer)
        if found is None or time.monotonic() - found.read_at > KEPT_S:
            found = _known[issuer] = _read(issuer)
        return found


def forget() -> None:
    """Forget what was read, as a new process would."""
    with _lock:
        _known.clear()


def _read(issuer: str) -> Provider:
    told = _json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if told.get("issuer") != issuer:
        raise unreachable()
    where = [_endpoint(told.get(name)) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    return Provider(issuer, where[0], where[1], where[2], _keys(where[2]), time.monotonic())


def _endpoint(url: object) -> str:
    if not isinstance(url, str):
        raise unreachable()
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise unreachable()
    return url


def _keys(url: str) -> KeySet:
    try:
        return KeySet.import_key_set(_json(url))  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise unreachable() from error


def _json(url: str) -> dict[str, Any]:
    try:
        answer = requests.get(url, timeout=WAIT_S, allow_redirects=False, stream=True)
        with answer:
            body = answer.raw.read(LARGEST_BYTES + 1, decode_content=True)
            told = json.loads(body) if len(body) <= LARGEST_BYTES else None
    except (requests.RequestException, ValueError, OSError) as error:
        raise unreachable() from error
    if answer.status_code != requests.codes.ok or not isinstance(told, dict):
        raise unreachable()
    return told


def unreachable() -> Unavailable:
    """The provider does not answer, or not as one."""
    return Unavailable(
        "oidc_unreachable", "统一身份认证暂不可用", "The provider of identities cannot be reached now"
    )


def verified_claims(provider: Provider, token: object, client_id: str, nonce: str) -> Mapping[str, Any]:
    """The claims of an id token. Raises Untrusted for a signature, issuer, audience, time or nonce that is wrong."""
    if not isinstance(token, str):
        raise Untrusted("no token")
    claims = _decoded(provider, token)
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": client_id},
        nonce={"essential": True, "value": nonce},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    )
    try:
        registry.validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise Untrusted("claims") from error
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise Untrusted("claims")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise Untrusted("claims")
    return claims


def _decoded(provider: Provider, token: str) -> dict[str, Any]:
    try:
        return dict(jwt.decode(token, provider.keys, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError, TypeError, KeyError) as first:
        # The provider may have changed its keys since we asked; it is asked again at most once a minute.
        if time.monotonic() - provider.read_at < 60:
            raise Untrusted("signature") from first
    renewed = replace(provider, keys=_keys(provider.jwks_uri), read_at=time.monotonic())
    with _lock:
        _known[provider.issuer] = renewed
    try:
        return dict(jwt.decode(token, renewed.keys, algorithms=ALGORITHMS).claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise Untrusted("signature") from error
