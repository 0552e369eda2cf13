"""Passwords: both profiles as tables of cases, properties, and that a wrong name costs what a wrong password does."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.accounts import passwords
from gis.accounts.passwords import RULES, first_password, refuse_weak
from gis.base.errors import Invalid
from gis.settings import PasswordProfile

MLPS, ASVS = PasswordProfile.MLPS, PasswordProfile.ASVS
NOW = datetime(2026, 3, 1, tzinfo=UTC)

CASES = [
    (MLPS, "Tree-42-go", None),
    (MLPS, "tree-42-go", None),
    (MLPS, "Tree-42-g", "password_short"),
    (MLPS, "treeandriver", "password_plain"),
    (MLPS, "treeandriver7", "password_plain"),
    (MLPS, "treeandRiver7", None),
    (MLPS, "河边的Tree柳树河边7", None),
    (MLPS, "河边的柳树河边的柳树", "password_plain"),
    (MLPS, "Password2026!", "password_common"),
    (MLPS, "P@ssw0rd2026", "password_common"),
    (MLPS, "Admin123456!", "password_common"),
    (MLPS, "Aa1!Aa1!Aa1!", "password_common"),
    (MLPS, "My-zhang_wei-77", "password_name"),
    (MLPS, "77-IEW_gnahZ-77x", "password_name"),
    (MLPS, "Aa1" + "xyz" * 42, "password_long"),
    (ASVS, "Tree-42-go", "password_short"),
    (ASVS, "treeandriver", None),
    (ASVS, "河边的柳树下有一张长椅空着", None),
    (ASVS, "correcthorsebatterystaple", "password_common"),
    (ASVS, "aaaaaaaaaaaa", "password_common"),
    (ASVS, "password1234", "password_common"),
    (ASVS, "i am zhang_wei ok", "password_name"),
]


@pytest.mark.parametrize(("profile", "password", "code"), CASES)
def test_what_each_profile_takes(profile: PasswordProfile, password: str, code: str | None) -> None:
    if code is None:
        refuse_weak(password, "zhang_wei", profile)
        return
    with pytest.raises(Invalid) as refused:
        refuse_weak(password, "zhang_wei", profile)
    assert refused.value.code == code
    assert password not in f"{refused.value} {refused.value.facts}"


@given(st.text(max_size=200), st.sampled_from(PasswordProfile))
def test_what_is_taken_keeps_the_rules(password: str, profile: PasswordProfile) -> None:
    try:
        refuse_weak(password, "somebody", profile)
    except Invalid:
        return
    plain, rules = passwords.normal_form(password), RULES[profile]
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits)
    held = [any(sign in kind for sign in plain) for kind in kinds]
    held.append(any(not (sign.isascii() and sign.isalnum()) for sign in plain))
    assert rules.shortest <= len(plain) <= passwords.LONGEST
    assert sum(held) >= rules.classes
    assert plain.casefold() not in passwords.common()


@given(st.integers(0, 400), st.booleans(), st.sampled_from(PasswordProfile))
def test_only_privileged_passwords_of_one_profile_wear_out(
    days: int, privileged: bool, profile: PasswordProfile
) -> None:
    worn = passwords.is_outworn(profile, privileged, NOW - timedelta(days=days), NOW)
    assert worn == (profile is MLPS and privileged and days >= 90)


def test_first_passwords_are_strong_and_never_the_same() -> None:
    made = {first_password("wei", profile) for _ in range(150) for profile in PasswordProfile}
    assert len(made) == 300
    for password in made:
        refuse_weak(password, "wei", PasswordProfile.ASVS)
        assert not set(password) & set("0O1lI")


def test_a_password_fits_its_hash_only() -> None:
    stored = passwords.hash_password("河边的柳树 Tree７")
    assert stored.startswith("$argon2id$")
    assert passwords.verify("河边的柳树 Tree7", stored), "full-width and plain digits are the same keystroke"
    assert not passwords.verify("河边的柳树 Tree8", stored)
    assert not passwords.verify("", stored)


@pytest.mark.parametrize("stored", [None, "", "plain text", "$2b$12$nothing-we-make"])
def test_nothing_fits_no_hash_and_costs_the_same(stored: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = passwords.hasher(), []

    class Counting:
        def hash(self, password: bytes) -> str:
            return real.hash(password)

        def verify(self, password: bytes, hashed: str) -> bool:
            fits = real.verify(password, hashed)
            seen.append(password)
            return fits

    passwords._nobodys()
    monkeypatch.setattr(passwords, "hasher", Counting)
    assert not passwords.verify("anything", stored)
    assert seen == [b"anything"]


def test_the_list_of_common_passwords_is_small_and_folded() -> None:
    assert 150 < len(passwords.common()) < 1000
    assert all(word == word.casefold() for word in passwords.common())
