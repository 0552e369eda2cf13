"""What is on record, contacts revealed for a reason, and what everybody may know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, text

from gis.accounts.demo import POSTS, ensure_demo_accounts
from gis.insight.statistics import refresh_public_statistics
from gis.settings import Settings
from tests.browser.conftest import DESK, PHONE, log_in, opened, person, until
from tests.browser.test_hostile import ATTACKS, HITS, new_id
from tests.serving import free_port, running

Ready = Callable[[Any], None]
REFUSED = ("401", "403", "422")
PHONE_NUMBER = "0451-5550142"  # a land line of a range that is not given out


def file(api: httpx2.Client, words: str, *, confidential: bool = False) -> dict[str, Any]:
    """A report with a contact."""
    body = {
        "id": new_id(), "category": "gov-s:request:S0202", "text": words, "confidential": confidential,
        "geometry": {"type": "Point", "coordinates": [126.6208, 45.7608]}, "coord_sys": "wgs84",
        "contact": {"name": "王小明", "phone": PHONE_NUMBER},
    }  # fmt: skip
    answer = api.post("/api/v1/reports", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def open_event(page: Any, server: str, ready: Ready, receipt: dict[str, Any]) -> None:
    """Through the list beside the map."""
    page.goto(f"{server}/map#at=18/45.7608/126.6208")
    ready(page)
    page.locator(f"#events button[data-id='{receipt['event']}']").click()
    until(page, f"document.getElementById('panel').textContent.includes('{receipt['event_number']}')")


def test_a_contact_is_shown_for_a_reason_once_and_that_is_on_record(
    chromium: Any, server: str, state_of: Callable[..., Any], api: httpx2.Client, ready: Ready
) -> None:
    receipt = file(api, "要回访的一件事")
    with opened(chromium, viewport=DESK, storage_state=state_of("acceptor", area="230199")) as (page, watch):
        watch.forgiven = REFUSED
        open_event(page, server, ready, receipt)
        shown = page.inner_text("#panel .contact")
        assert PHONE_NUMBER not in shown
        assert "王小明" not in shown
        assert "*" in shown
        page.click("#panel [data-reveal]")
        assert page.evaluate("document.activeElement.name") == "reason"
        page.click(".reveal button[type=submit]")
        assert "请填写" in page.inner_text(".reveal .said")
        page.fill(".reveal [name=reason]", ATTACKS[0])
        page.click(".reveal button[type=submit]")
        page.wait_for_selector("#panel .once")
        assert PHONE_NUMBER in page.inner_text("#panel .once")
        page.keyboard.press("Escape")
        assert PHONE_NUMBER not in page.inner_text("body")
        page.locator(f"#events button[data-id='{receipt['event']}']").click()
        page.wait_for_selector("#panel [data-reveal]")
        assert PHONE_NUMBER not in page.inner_text("#panel")
    with opened(chromium, viewport=DESK, storage_state=state_of("auditor", area="230199")) as (page, _):
        page.goto(f"{server}/audit#action=contact.reveal&object_id={receipt['id']}")
        ready(page)
        page.wait_for_selector("tr[data-action='contact.reveal'][data-result=ok]")
        page.locator("tr[data-action='contact.reveal'] button").first.click()
        assert ATTACKS[0] in page.inner_text("tr.details:not([hidden])")
        assert PHONE_NUMBER not in page.inner_text("body")
        assert page.evaluate(HITS) == [None, 0]


def test_who_may_not_reveal_is_offered_no_button(
    chromium: Any, server: str, state_of: Callable[..., Any], api: httpx2.Client, ready: Ready
) -> None:
    receipt = file(api, "派遣员只见脱敏联系方式")
    secret = file(api, "要求保密的一件事", confidential=True)
    with opened(chromium, viewport=DESK, storage_state=state_of("dispatcher", area="230199")) as (page, _):
        open_event(page, server, ready, receipt)
        assert page.locator("#panel .contact").count() == 1
        assert page.locator("#panel [data-reveal]").count() == 0
        open_event(page, server, ready, secret)
        assert page.locator("#panel .contact").count() == 0
        assert "要求保密的一件事" not in page.inner_text("#panel")
        assert "保密" in page.inner_text("#panel .secret")
    with opened(chromium, viewport=DESK, storage_state=state_of("leader", area="230199")) as (page, _):
        open_event(page, server, ready, receipt)
        assert page.locator("#panel .contact").count() == 0


def test_the_audit_is_filtered_and_says_what_to_do_when_empty(
    chromium: Any, server: str, owner: Engine, state_of: Callable[..., Any], ready: Ready
) -> None:
    name = person(owner, "leader", area="230199")
    with opened(chromium, viewport=DESK) as (page, _):
        log_in(page, server, name)
    with opened(chromium, viewport=DESK, storage_state=state_of("auditor", area="230199")) as (page, _):
        page.goto(f"{server}/audit")
        ready(page)
        page.wait_for_selector("#rows tr")
        page.fill("[name=actor]", name)
        until(page, f"location.hash.includes('{name}')")
        until(page, "document.querySelectorAll('#rows tr[data-action]').length === 1")
        assert page.get_attribute("#rows tr[data-action]", "data-action") == "session.login"
        page.locator("#rows button").focus()
        page.keyboard.press("Enter")
        assert page.get_attribute("#rows button", "aria-expanded") == "true"
        page.select_option("[name=result]", "refused")
        page.wait_for_selector("#empty:not([hidden])")
        assert "放宽" in page.inner_text("#empty")
        shared = page.url
        page.goto("about:blank")
        page.goto(shared)
        ready(page)
        assert page.input_value("[name=actor]") == name
        page.click("#reset")
        page.wait_for_selector("#rows tr")


def test_the_audit_of_elsewhere_is_not_seen(
    chromium: Any, server: str, owner: Engine, state_of: Callable[..., Any], ready: Ready
) -> None:
    name = person(owner, "leader", area="230199003001")
    with opened(chromium, viewport=DESK) as (page, _):
        log_in(page, server, name)
    with opened(chromium, viewport=DESK, storage_state=state_of("auditor", area="230199001")) as (page, _):
        page.goto(f"{server}/audit#actor={name}")
        ready(page)
        page.wait_for_selector("#empty:not([hidden])")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_small_numbers_are_withheld_in_words(
    chromium: Any, server: str, owner: Engine, ready: Ready, lang: str
) -> None:
    from sqlalchemy.orm import Session

    with Session(owner) as session, session.begin():
        refresh_public_statistics(session)
    with opened(chromium, viewport=PHONE) as (page, _):
        page.goto(f"{server}/statistics?lang={lang}")
        ready(page)
        page.wait_for_selector("#answer td")
        words = "＜10 或合并隐去" if lang == "zh-CN" else "<10 or withheld"
        assert words in page.inner_text("#answer")
        assert words in page.inner_text(".explain")
        assert not [
            cell for cell in page.locator("#answer td").all_inner_texts() if cell.strip() in {"", "0", "null"}
        ]
        page.locator("#answer button.link").first.click()
        assert page.evaluate("document.activeElement.id") == "all-areas"
        assert page.locator("#answer tbody tr").count() > 3


def test_published_numbers_are_shown_as_they_are(visitor: Any, server: str, ready: Ready) -> None:
    cells = [
        {"month": "2026-09", "opened": 34, "closed": None},
        {"month": "2026-10", "opened": 1234, "closed": 20},
    ]
    areas = [{"code": "230199001", "name": "松浪街道", "parent": "230199", "cells": cells}]
    body = {"level": "subdistrict", "months": ["2026-09", "2026-10"], "areas": areas, "k": 10, "as_of": None}
    visitor.route("**/api/v1/public/statistics*", lambda route: route.fulfill(json=body))
    visitor.goto(f"{server}/statistics")
    ready(visitor)
    assert visitor.locator("#answer td").all_inner_texts() == ["1,234", "20"]
    visitor.select_option("#month", "2026-09")
    assert visitor.locator("#answer td").all_inner_texts() == ["34", "＜10 或合并隐去"]


def test_the_demo_offers_its_user_names_and_nobody_else_does(
    chromium: Any, visitor: Any, server: str, town_url: str, owner: Engine, state_dir: Any, ready: Ready
) -> None:
    visitor.goto(f"{server}/login")
    ready(visitor)
    assert visitor.locator("#demo").count() == 0
    made = ensure_demo_accounts(owner, Settings(state_dir=state_dir))
    assert len(made) == len(POSTS)
    port = free_port()
    with (
        running(state_dir, port, WANGGE_DATABASE_URL=town_url, WANGGE_SAMPLE_WATERMARK="true"),
        opened(chromium, viewport=PHONE) as (page, _),
    ):
        page.goto(f"http://127.0.0.1:{port}/login")
        ready(page)
        assert page.locator("#demo li").count() == len(POSTS)
        assert made[0].password not in page.content()
        page.click("#demo button[data-username=grid_worker]")
        assert page.evaluate("document.activeElement.id") == "password"
        page.keyboard.type(made[0].password)
        page.keyboard.press("Enter")
        page.wait_for_url(f"http://127.0.0.1:{port}/")
    with owner.begin() as connection:
        connection.execute(text("UPDATE account SET disabled_at = now() WHERE is_demo"))
