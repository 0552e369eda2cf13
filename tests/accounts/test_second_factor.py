"""The second factor: sealed, one step of drift, each code once, and no way to guess it by a right password."""

from __future__ import annotations

import time

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.accounts import second_factor, service
from gis.accounts.model import Caller, TotpOffer
from gis.accounts.second_factor import STEP_S, step_of
from gis.base.errors import Conflict, Forbidden, Invalid, TooMany, Unauthenticated, Unavailable, WanggeError
from gis.settings import Settings
from tests.accounts.office import PASSWORD, Office

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@given(st.integers(200, 4_000_000_000), st.integers(-4, 4))
def test_a_code_fits_one_step_before_and_after(now: int, drift: int) -> None:
    code = pyotp.TOTP(SECRET).at(now + drift * STEP_S)
    found = step_of(SECRET, code, now=now)
    if abs(drift) <= 1:
        assert found is not None
        assert abs(found - now // STEP_S) <= 1
    elif found is not None:  # one in a million codes is the same by chance
        assert pyotp.TOTP(SECRET).generate_otp(found) == code


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34", "\x00", "-12345"]
)
def test_what_is_no_code_fits_never(code: str) -> None:
    assert step_of(SECRET, code) is None


def test_a_code_may_be_typed_in_two_groups() -> None:
    code = pyotp.TOTP(SECRET).now()
    assert step_of(SECRET, f" {code[:3]} {code[3:]} ") is not None


def switched_on(office: Office, caller: Caller) -> pyotp.TOTP:
    offer = service.offer_totp(office.web, office.settings, caller, PASSWORD)
    app = pyotp.parse_uri(offer.uri)
    assert isinstance(app, pyotp.TOTP)
    assert app.secret == offer.secret
    service.confirm_totp(office.web, office.settings, caller, offer.sealed, app.at(time.time() - STEP_S))
    return app


def refusal(office: Office, **more: str) -> WanggeError:
    with pytest.raises(WanggeError) as caught:
        office.log_in("zhang", **more)
    return caught.value


@pytest.mark.db
def test_it_is_asked_for_once_it_is_on(office: Office) -> None:
    office.add("zhang")
    other = office.log_in("zhang").token
    begun = office.log_in("zhang")
    app = switched_on(office, begun.caller)
    assert office.caller(other) is None, "other sessions end"
    here = office.caller(begun.token)
    assert here is not None
    assert here.totp
    assert app.secret.encode() not in bytes(office.one("SELECT totp_secret FROM account"))
    required = refusal(office)
    assert isinstance(required, Unauthenticated)
    assert required.code == "code_required"
    assert refusal(office, password="Wrong-password-1").code == "login_refused", (
        "never before a right password"
    )
    wrong = f"{(int(app.now()) + 1) % 1_000_000:06d}"
    assert refusal(office, code=wrong).code == "code_refused"
    assert office.log_in("zhang", code=app.now()).caller.logged_in
    assert [row.details for row in office.audit("totp.enable")] == [{}]


@pytest.mark.db
def test_a_code_counts_once(office: Office) -> None:
    office.add("zhang")
    app = switched_on(office, office.as_("zhang"))
    now = time.time()
    code = app.at(now + STEP_S)
    assert office.log_in("zhang", code=code).caller.logged_in
    assert refusal(office, code=code).code == "code_refused"
    assert refusal(office, code=app.at(now)).code == "code_refused", "nor an earlier one after it"


@pytest.mark.db
def test_the_first_code_is_not_good_for_a_login(office: Office) -> None:
    office.add("zhang")
    caller = office.as_("zhang")
    offer = service.offer_totp(office.web, office.settings, caller, PASSWORD)
    code = pyotp.TOTP(offer.secret).now()
    service.confirm_totp(office.web, office.settings, caller, offer.sealed, code)
    assert refusal(office, code=code).code == "code_refused"


@pytest.mark.db
def test_a_right_password_does_not_clear_the_guesses(office: Office) -> None:
    office.add("zhang")
    app = switched_on(office, office.as_("zhang"))
    codes = []
    for guess in range(8):
        codes.append(refusal(office).code)
        wrong = f"{(int(app.now()) + 1 + guess) % 1_000_000:06d}"
        codes.append(refusal(office, code=wrong).code)
    assert codes.count("code_refused") == office.settings.login_failures
    assert codes[-1] == "too_many_logins"


@pytest.mark.db
def test_an_offer_is_for_one_person_for_a_while(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.add("zhang")
    office.add("li")
    zhang, li = office.as_("zhang"), office.as_("li")
    with pytest.raises(Forbidden):
        service.offer_totp(office.web, office.settings, zhang, "Wrong-password-1")
    offer = service.offer_totp(office.web, office.settings, zhang, PASSWORD)
    code = pyotp.TOTP(offer.secret).now()
    for caller, sealed, typed, refused in (
        (li, offer.sealed, code, "bad_totp_offer"),
        (zhang, offer.sealed[:-8], code, "bad_totp_offer"),
        (zhang, "", code, "bad_totp_offer"),
        (zhang, "\ud800", code, "bad_totp_offer"),
        (zhang, offer.sealed, "000", "wrong_code"),
    ):
        with pytest.raises(Invalid) as caught:
            service.confirm_totp(office.web, office.settings, caller, sealed, typed)
        assert caught.value.code == refused
    monkeypatch.setattr(second_factor, "OFFER_S", -1)
    with pytest.raises(Invalid):
        service.confirm_totp(office.web, office.settings, zhang, offer.sealed, code)
    assert office.one("SELECT count(*) FROM account WHERE totp") == 0


@pytest.mark.db
def test_one_that_is_on_is_not_replaced_and_an_offer_is_good_once(office: Office) -> None:
    office.add("zhang")
    caller = office.as_("zhang")
    first, second = (service.offer_totp(office.web, office.settings, caller, PASSWORD) for _ in range(2))

    def confirm(offer: TotpOffer) -> None:
        code = pyotp.TOTP(offer.secret).at(time.time() - STEP_S)
        service.confirm_totp(office.web, office.settings, caller, offer.sealed, code)

    confirm(first)
    for again in (
        lambda: service.offer_totp(office.web, office.settings, caller, PASSWORD),
        lambda: confirm(first),
        lambda: confirm(second),
    ):
        with pytest.raises(Conflict) as refused:
            again()
        assert refused.value.code == "totp_on"
    code = pyotp.TOTP(first.secret).now()
    service.remove_totp(office.web, office.settings, caller, PASSWORD, code)
    for offer in (first, second):
        with pytest.raises(Invalid) as used:
            confirm(offer)
        assert used.value.code == "bad_totp_offer"
    confirm(service.offer_totp(office.web, office.settings, caller, PASSWORD))


@pytest.mark.db
def test_guessing_the_code_to_switch_it_off_is_bounded(office: Office) -> None:
    office.add("zhang")
    caller = office.as_("zhang")
    app = switched_on(office, caller)
    for guess in range(office.settings.login_failures):
        wrong = f"{(int(app.now()) + 1 + guess) % 1_000_000:06d}"
        with pytest.raises(Invalid):
            service.remove_totp(office.web, office.settings, caller, PASSWORD, wrong)
    with pytest.raises(TooMany):
        service.remove_totp(office.web, office.settings, caller, PASSWORD, app.now())


@pytest.mark.db
def test_it_goes_with_the_password_and_a_code(office: Office) -> None:
    office.add("zhang")
    caller = office.as_("zhang")
    app = switched_on(office, caller)
    for _ in range(2):
        with pytest.raises(Forbidden):
            service.remove_totp(office.web, office.settings, caller, "Wrong-password-1", app.now())
    for code in (None, "", f"{(int(app.now()) + 1) % 1_000_000:06d}", app.at(time.time() - STEP_S)):
        with pytest.raises(Invalid) as refused:
            service.remove_totp(office.web, office.settings, caller, PASSWORD, code)
        assert (refused.value.code, refused.value.field) == ("wrong_code", "code")
        office.run("DELETE FROM login_failure WHERE id < (SELECT max(id) FROM login_failure)")
    assert office.one("SELECT totp FROM account")
    code = app.now()
    service.remove_totp(office.web, office.settings, caller, PASSWORD, code)
    assert office.one("SELECT totp_last_step FROM account"), "no code counts twice, whatever comes after"
    assert office.log_in("zhang").caller.logged_in
    assert len(office.audit("totp.disable")) == 1


@pytest.mark.db
def test_a_changed_key_is_told_only_to_who_has_the_password(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    office.add("zhang")
    switched_on(office, office.as_("zhang"))
    moved = Office(office.owner, office.web, Settings(state_dir=tmp_path_factory.mktemp("other")), office.ids)
    assert refusal(moved, password="Wrong-password-1", code="123456").code == "login_refused"
    with pytest.raises(Unavailable) as caught:
        moved.log_in("zhang", code="123456")
    assert caught.value.code == "secret_key_changed"


@pytest.mark.db
def test_a_throttled_name_is_throttled_for_its_code_too(office: Office) -> None:
    office.add("zhang")
    app = switched_on(office, office.as_("zhang"))
    for _ in range(5):
        refusal(office, password="Wrong-password-1")
    assert isinstance(refusal(office, code=app.now()), TooMany)
