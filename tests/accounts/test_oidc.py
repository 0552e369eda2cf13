"""Logging in by an outside provider: a real one on loopback, honest once and lying in every way we can think of."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

from gis.accounts import oidc, oidc_provider
from gis.base.errors import NotFound, Unauthenticated, Unavailable, WanggeError
from gis.settings import Settings
from tests.accounts.office import COMMUNITY, GRID, Office
from tests.accounts.provider import CLIENT, SECRET, Provider, new_key, serving_provider

pytestmark = pytest.mark.db
BACK = "https://wangge.example/login/oidc/callback"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    oidc_provider.forget()
    with serving_provider() as made:
        yield made
    oidc_provider.forget()


def settings_for(office: Office, provider: Provider, **more: Any) -> Settings:
    return office.settings.model_copy(
        update={
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr(SECRET),
            "oidc_redirect_url": BACK,
        }
        | more
    )


def sent_back(url: str) -> dict[str, str]:
    """What the browser comes back with, after the provider asked the person."""
    answer = requests.get(url, allow_redirects=False, timeout=5)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def finish(
    office: Office, settings: Settings, sealed: str | None, query: dict[str, str], **more: Any
) -> oidc.Finished:
    return oidc.finish(office.web, settings, sealed, query, "10.0.0.5", "test", trace_id="t1", **more)


def whole(office: Office, settings: Settings, **more: Any) -> oidc.Finished:
    begun = oidc.begin(settings, "/map")
    return finish(office, settings, begun.sealed, sent_back(begun.url), **more)


def refusal(office: Office, settings: Settings) -> WanggeError:
    with pytest.raises(WanggeError) as caught:
        whole(office, settings)
    return caught.value


def bound(office: Office, provider: Provider, **more: Any) -> int:
    return office.add(
        "wang", ("grid_lead", GRID), issuer=provider.issuer, subject="p-7", password_hash=None, **more
    )


def test_who_is_bound_logs_in(office: Office, provider: Provider) -> None:
    account = bound(office, provider)
    settings = settings_for(office, provider)
    done = whole(office, settings)
    assert done.next == "/map"
    caller = office.caller(done.login.token)
    assert caller is not None
    assert (caller.account_id, caller.must_change, "events.read" in caller.permissions) == (
        account,
        False,
        True,
    )
    assert whole(office, settings, previous=done.login.token)
    assert office.caller(done.login.token) is None, "rotation, as with passwords"
    assert [row.details["by"] for row in office.audit("session.login")] == ["oidc", "oidc"]
    assert provider.asked.count("/keys") == 1, "keys are kept a while"


def test_it_is_off_without_configuration(office: Office) -> None:
    with pytest.raises(NotFound):
        oidc.begin(office.settings, "/")
    with pytest.raises(NotFound):
        finish(office, office.settings, None, {})


def test_the_address_asks_for_a_code_with_pkce(office: Office, provider: Provider) -> None:
    begun = oidc.begin(settings_for(office, provider), "/")
    query = {name: values[0] for name, values in parse_qs(urlsplit(begun.url).query).items()}
    assert query["response_type"] == "code"
    assert query["scope"] == "openid profile"
    assert query["redirect_uri"] == BACK
    assert query["code_challenge_method"] == "S256"
    assert len({query["state"], query["nonce"], query["code_challenge"]}) == 3
    assert all(len(query[name]) >= 43 for name in ("state", "nonce", "code_challenge"))
    assert query["state"] not in begun.sealed
    again = oidc.begin(settings_for(office, provider), "/")
    assert again.url != begun.url


def test_what_comes_back_must_be_of_this_browser_and_login(office: Office, provider: Provider) -> None:
    bound(office, provider)
    settings = settings_for(office, provider)
    mine, other = oidc.begin(settings, "/"), oidc.begin(settings, "/")
    query = sent_back(mine.url)
    wrong = [
        (None, query),
        ("", query),
        (mine.sealed[:-6], query),
        (other.sealed, query),
        (mine.sealed, query | {"state": "x"}),
        (mine.sealed, {"code": query["code"]}),
        (mine.sealed, {"state": query["state"]}),
        (mine.sealed, query | {"error": "access_denied"}),
        (mine.sealed, query | {"code": "guessed"}),
        (other.sealed, query | {"state": sent_back(other.url)["state"]}),
    ]
    for sealed, given in wrong:
        with pytest.raises(Unauthenticated) as refused:
            finish(office, settings, sealed, given)
        assert refused.value.code == "oidc_refused"
    fresh = oidc.begin(settings, "/")
    query = sent_back(fresh.url)
    assert finish(office, settings, fresh.sealed, query), "the control"
    with pytest.raises(Unauthenticated):
        finish(office, settings, fresh.sealed, query)  # a code is good once


def test_a_login_begun_long_ago_is_over(
    office: Office, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound(office, provider)
    monkeypatch.setattr(oidc, "LASTS_S", -1)
    assert refusal(office, settings_for(office, provider)).code == "oidc_refused"


LIES: dict[str, dict[str, Any]] = {
    "issuer": {"iss": "https://other.example"},
    "no issuer": {"iss": None},
    "audience": {"aud": "somebody-else"},
    "audiences without us": {"aud": ["a", "b"]},
    "several, not for us": {"aud": [CLIENT, "b"], "azp": "b"},
    "several, unnamed": {"aud": [CLIENT, "b"]},
    "party": {"azp": "b"},
    "nonce": {"nonce": "x" * 43},
    "no nonce": {"nonce": None},
    "expired": {"exp": 1_000_000_000},
    "no expiry": {"exp": None},
    "not yet": {"nbf": 4_000_000_000},
    "from the future": {"iat": 4_000_000_000},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "odd subject": {"sub": ["p-7"]},
    "number": {"sub": 7},
}


@pytest.mark.parametrize("case", LIES)
def test_claims_that_do_not_fit_are_refused(office: Office, provider: Provider, case: str) -> None:
    bound(office, provider)

    def lie(claims: dict[str, Any]) -> None:
        for name, value in LIES[case].items():
            if value is None:
                claims.pop(name)
            else:
                claims[name] = value

    provider.lie = lie
    assert refusal(office, settings_for(office, provider)).code == "oidc_refused"
    assert office.one("SELECT count(*) FROM login_session") == 0
    row = office.audit("session.refused")[0]
    assert (row.details, row.trace_id) == ({"by": "oidc", "reason": "claims"}, "t1")


def test_several_audiences_with_ours_named_are_taken(office: Office, provider: Provider) -> None:
    bound(office, provider)
    provider.lie = lambda claims: claims.update(aud=[CLIENT, "b"], azp=CLIENT)
    assert whole(office, settings_for(office, provider))


def forged(provider: Provider, case: str, claims: dict[str, Any]) -> str:
    """A token with a signature that is not the provider's."""
    kid, stranger = {"kid": provider.key.kid}, new_key()
    honest = jwt.encode({"alg": "RS256"} | kid, claims, provider.key)
    head, body, signature = honest.split(".")
    other = jwt.encode({"alg": "RS256"} | kid, claims | {"sub": "p-8"}, stranger)
    public = provider.key.as_pem(private=False)
    hs256, none = plain(b'{"alg":"HS256","typ":"JWT"}'), plain(b'{"alg":"none","typ":"JWT"}')
    return {
        "another key": jwt.encode({"alg": "RS256"} | kid, claims, stranger),
        "our secret": jwt.encode({"alg": "HS256"} | kid, claims, OctKey.import_key(SECRET * 3)),
        "public key as secret": f"{hs256}.{body}.{plain(hmac.digest(public, f'{hs256}.{body}'.encode(), 'sha256'))}",
        "none": f"{none}.{body}.",
        "none, signed": f"{none}.{body}.{signature}",
        "cut": f"{head}.{body}.",
        "altered": f"{head}.{other.split('.')[1]}.{signature}",
        "missing": "",
    }[case]


def plain(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


FORGED = (
    "another key",
    "our secret",
    "public key as secret",
    "none",
    "none, signed",
    "cut",
    "altered",
    "missing",
)


@pytest.mark.parametrize("case", FORGED)
def test_signatures_that_do_not_fit_are_refused(office: Office, provider: Provider, case: str) -> None:
    bound(office, provider)
    provider.sign = lambda claims: forged(provider, case, claims)
    assert refusal(office, settings_for(office, provider)).code == "oidc_refused"
    assert office.audit("session.refused")[0].details["reason"] == "signature"


def test_a_provider_may_change_its_keys(
    office: Office, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound(office, provider)
    settings = settings_for(office, provider)
    assert whole(office, settings)
    provider.key = new_key()
    assert refusal(office, settings).code == "oidc_refused", "asked again at most once a minute"
    real = time.monotonic
    monkeypatch.setattr(oidc_provider.time, "monotonic", lambda: real() + 61)
    assert whole(office, settings)


def test_strangers_are_refused_and_not_made(office: Office, provider: Provider) -> None:
    settings = settings_for(office, provider)
    refused = refusal(office, settings)
    assert isinstance(refused, Unauthenticated)
    assert refused.code == "oidc_unknown"
    assert office.one("SELECT count(*) FROM account") == 0
    office.add("wang.li", ("admin", COMMUNITY))
    assert refusal(office, settings).code == "oidc_unknown", "a name is nobody's identity"
    office.add("other", issuer="https://other.example", subject="p-7", password_hash=None)
    assert refusal(office, settings).code == "oidc_unknown"


def test_whoever_is_disabled_stays_out(office: Office, provider: Provider) -> None:
    account = bound(office, provider, disabled_at="now")
    assert refusal(office, settings_for(office, provider)).code == "oidc_unknown"
    assert office.audit("session.refused")[0].object_id == str(account)


def test_newcomers_are_made_where_the_settings_say_without_any_role(
    office: Office, provider: Provider
) -> None:
    settings = settings_for(office, provider, oidc_create=COMMUNITY)
    office.add("Wang.Li", ("admin", COMMUNITY))
    first = whole(office, settings).login.caller
    assert first.username is not None
    assert first.username.startswith("wang.li.")
    assert (first.display_name, first.permissions, first.roles) == ("王丽", frozenset(), ())
    assert first.home_area is not None
    assert first.home_area.code == COMMUNITY
    assert whole(office, settings).login.caller.account_id == first.account_id, "once"
    provider.person = {"sub": "p-9", "preferred_username": "<script>", "name": 7}
    second = whole(office, settings).login.caller
    assert second.username == "script"
    assert second.display_name == "script"
    provider.person = {"sub": "p-10"}
    third = whole(office, settings).login.caller
    assert third.username is not None
    assert third.username.startswith("oidc.")
    provider.person = {"sub": "p-12", "preferred_username": "System"}
    assert str(whole(office, settings).login.caller.username).startswith("oidc."), (
        "names of the audit are nobody's"
    )
    assert [row.result for row in office.audit("account.create")] == ["ok"] * 4
    nowhere = settings_for(office, provider, oidc_create="999999")
    provider.person = {"sub": "p-11"}
    assert refusal(office, nowhere).code == "oidc_unknown"


DOCUMENTS = {
    "down": {"/.well-known/openid-configuration": (500, b"{}")},
    "no JSON": {"/.well-known/openid-configuration": (200, b"<html>")},
    "a list": {"/.well-known/openid-configuration": (200, b"[]")},
    "another issuer": {"/.well-known/openid-configuration": (200, b'{"issuer": "https://other.example"}')},
    "no keys": {"/keys": (404, b"{}")},
    "odd keys": {"/keys": (200, b'{"keys": [{"kty": "x"}]}')},
    "huge": {"/keys": (200, b" " * (2 << 20))},
    "elsewhere": {"/keys": (302, b"{}")},
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_provider_that_does_not_answer_as_one(office: Office, provider: Provider, case: str) -> None:
    provider.documents = DOCUMENTS[case]
    with pytest.raises(Unavailable) as refused:
        oidc.begin(settings_for(office, provider), "/")
    assert refused.value.code == "oidc_unreachable"
    provider.documents = {}
    assert oidc.begin(settings_for(office, provider), "/"), "it is asked again"


def test_plain_http_elsewhere_is_no_provider(office: Office, provider: Provider) -> None:
    where = '{"issuer": "%s", "authorization_endpoint": "http://evil.example/a", "token_endpoint": "%s", "jwks_uri": "%s"}'
    told = (where % (provider.issuer, provider.issuer, provider.issuer)).encode()
    provider.documents = {"/.well-known/openid-configuration": (200, told)}
    with pytest.raises(Unavailable):
        oidc.begin(settings_for(office, provider), "/")


def test_a_provider_that_is_gone(office: Office, provider: Provider) -> None:
    settings = settings_for(office, provider)
    begun = oidc.begin(settings, "/")
    query = sent_back(begun.url)
    gone = oidc_provider.discover(provider.issuer)
    oidc_provider._known[provider.issuer] = oidc_provider.replace(
        gone, token_endpoint="http://127.0.0.1:9/token"
    )
    with pytest.raises(Unavailable):
        finish(office, settings, begun.sealed, query)
