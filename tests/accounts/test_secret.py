"""The installation's secret: made once, read by its owner only, never a default."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from gis.accounts import secret
from gis.base.errors import Unavailable
from gis.settings import Environment, Settings

KEY = SecretStr("k" * 40)


def test_the_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: secret.key_for(settings, "test"), range(16)))
    assert len(made) == 1
    path = tmp_path / "state" / secret.FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_text()) >= 64
    assert [one.name for one in path.parent.iterdir()] == [secret.FILE]
    secret._kept.cache_clear()
    assert {secret.key_for(settings, "test")} == made
    assert secret.key_for(Settings(state_dir=tmp_path / "other"), "test") not in made, "no two have the same"


def test_a_file_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / secret.FILE
    path.write_text("x" * 64)
    path.chmod(0o644)
    with pytest.raises(Unavailable) as refused:
        secret.key_for(Settings(state_dir=tmp_path), "test")
    assert refused.value.code == "secret_exposed"


def test_production_has_no_secret_of_its_own_making(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="WANGGE_SECRET_KEY"):
        Settings(environment=Environment.PRODUCTION, cursor_secret="x" * 32)
    with pytest.raises(ValidationError, match="WANGGE_CURSOR_SECRET"):
        Settings(environment=Environment.PRODUCTION, secret_key=KEY)
    Settings(environment=Environment.PRODUCTION, secret_key=KEY, cursor_secret="x" * 32)
    sly = Settings.model_construct(
        environment=Environment.PRODUCTION, secret_key=SecretStr(""), state_dir=tmp_path
    )
    with pytest.raises(Unavailable):
        secret.key_for(sly, "test")
    assert not list(tmp_path.iterdir())


def test_a_short_key_is_refused_and_none_is_shown() -> None:
    with pytest.raises(ValidationError):
        Settings(secret_key=SecretStr("short"))
    assert "k" * 40 not in repr(Settings(secret_key=KEY))


@pytest.mark.parametrize(
    "given",
    [
        {"oidc_issuer": "https://login.example"},
        {
            "oidc_issuer": "http://login.example",
            "oidc_client_id": "a",
            "oidc_redirect_url": "https://w.example/cb",
        },
        {
            "oidc_issuer": "https://u@login.example",
            "oidc_client_id": "a",
            "oidc_redirect_url": "https://w.example/",
        },
        {
            "oidc_issuer": "https://login.example",
            "oidc_client_id": "a",
            "oidc_redirect_url": "http://w.example/cb",
        },
        {"oidc_issuer": "file:///etc", "oidc_client_id": "a", "oidc_redirect_url": "https://w.example/cb"},
    ],
)
def test_a_provider_is_reached_over_https_only(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(**given)  # type: ignore[arg-type]


@given(st.binary(max_size=200), st.integers(0, 10_000))
def test_what_is_sealed_cannot_be_altered_or_used_otherwise(value: bytes, where: int) -> None:
    settings = Settings(secret_key=KEY)
    sealed = secret.seal(settings, "one", value)
    assert secret.unseal(settings, "one", sealed) == value
    assert secret.unseal(settings, "two", sealed) is None
    assert secret.unseal(Settings(secret_key=SecretStr("j" * 40)), "one", sealed) is None
    at = where % len(sealed)
    altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
    assert secret.unseal(settings, "one", altered) in {None, value}, (
        "padding bits may not matter, content does"
    )
    assert secret.unseal(settings, "one", sealed, max_age_s=-2) is None


def test_names_are_counted_folded_and_not_kept() -> None:
    settings = Settings(secret_key=KEY)
    assert secret.name_hash(settings, " Zhang ") == secret.name_hash(settings, "zhang")
    assert secret.name_hash(settings, "zhang") != secret.name_hash(settings, "zhan")
    assert len(secret.name_hash(settings, "\ud800")) == 32
