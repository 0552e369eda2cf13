"""Hashing passwords takes few places of its own: many logins at once keep nobody else waiting."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from api.app import RUNNING
from gis.accounts import passwords
from gis.base.errors import Unauthenticated, Unavailable
from tests.accounts.office import Office

pytestmark = pytest.mark.db
MOST = passwords.AT_ONCE + passwords.MOST_WAITING


def test_the_places_for_hashing_leave_others_free() -> None:
    assert MOST < RUNNING


def test_who_finds_no_place_is_told_at_once_and_not_counted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, real, entered = Event(), passwords.hasher(), []

    class Slow:
        def verify(self, password: bytes, hashed: str) -> bool:
            entered.append(hashed)
            assert gate.wait(10)
            return real.verify(password, hashed)

    passwords._nobodys()
    monkeypatch.setattr(passwords, "hasher", Slow)
    with ThreadPoolExecutor(MOST) as pool:
        try:
            waiting = [pool.submit(office.log_in, f"li{i}", address=f"10.1.0.{i}") for i in range(MOST)]
            end = time.monotonic() + 10
            while passwords._entrance._value:
                assert time.monotonic() < end
                time.sleep(0.01)
            begun = time.monotonic()
            with pytest.raises(Unavailable) as refused:
                office.log_in("zhang", address="10.3.0.1")
            assert time.monotonic() - begun < 2, "at once"
            assert len(entered) <= passwords.AT_ONCE
        finally:
            gate.set()
    assert refused.value.code == "busy"
    assert refused.value.facts["retry_after_s"] > 0
    assert {type(one.exception()) for one in waiting} == {Unauthenticated}, "they were worked on in turn"
    counted = office.run("SELECT address, count(*) FROM login_failure GROUP BY address")
    assert sorted(tuple(row) for row in counted) == [(f"10.1.0.{i}", 1) for i in range(MOST)]
    assert passwords._entrance._value == MOST, "every place was given back"
