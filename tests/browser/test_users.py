"""Accounts, end to end: made, first log-in, a role given and ended, on record; and strangers' text stays text."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.browser.conftest import DESK, PASSWORD, enter, log_in, opened, person, until
from tests.browser.test_hostile import ATTACKS, HITS

Ready = Callable[[Any], None]
REFUSED = ("401", "403", "409", "422")
OTHER = "Lamp-2965-Orchard"
COMMUNITY, GRID = "230199001001", "230199001001003"


def pick_area(page: Any, legend: str, *codes: str) -> None:
    """Choose downwards in an area field: each level's select appears when the one above is chosen."""
    selects = page.locator(f"dialog fieldset:has(legend:text-is('{legend}')) select")
    for code in codes:
        option = selects.locator(f"option[value='{code}']")
        option.wait_for(state="attached")
        option.locator("..").select_option(code)


def make_account(page: Any, username: str, name: str) -> str:
    """Add an account in the community through the page; its first password."""
    page.click("#add")
    page.fill("dialog [name=username]", username)
    page.fill("dialog [name=display_name]", name)
    pick_area(page, "所属区域", COMMUNITY)
    page.click("dialog button[type=submit]")
    page.wait_for_selector("#first-password")
    return str(page.input_value("#first-password"))


def test_make_an_account_log_in_as_it_give_and_end_a_role(
    chromium: Any, server: str, owner: Engine, ready: Ready
) -> None:
    admin, username = person(owner, "admin", "auditor", area="230199001"), f"li_ming_{secrets.token_hex(3)}"
    with (
        opened(chromium, viewport=DESK) as (page, at_admin),
        opened(chromium, viewport=DESK) as (other, at_other),
    ):
        at_admin.forgiven = at_other.forgiven = REFUSED
        page.on("dialog", lambda asked: asked.accept())
        enter(page, server, owner, admin, "/users")
        first = make_account(page, username, "李明")
        log_in(other, server, username, first)
        assert "/account" in other.url
        ready(other)
        assert other.is_visible("#why")
        for field, value in (("old", first), ("new", OTHER), ("again", OTHER)):
            other.fill(f"#password [name={field}]", value)
        other.click("#password button[type=submit]")
        other.wait_for_url(f"{server}/")
        other.goto(f"{server}/account")
        ready(other)
        assert other.is_visible("#tokens")
        assert "尚无任职" in other.inner_text("#me")
        other.goto(f"{server}/map")
        assert "没有此项权限" in other.inner_text("main")
        assert "所需权限：查看事件" in other.inner_text("main section[lang=zh-CN]")
        assert "Permission needed: See events" in other.inner_text("main section[lang=en]")

        page.click("#go-grant")
        page.wait_for_selector("#account-card")
        page.wait_for_selector("#grant-form")
        until(page, "document.activeElement.name === 'role'")
        page.select_option("#grant-form [name=role]", "grid_worker")
        pick_area(page, "任职区域（含下级）", COMMUNITY, GRID)
        page.click("#grant-form button[type=submit]")
        page.wait_for_selector("#account-card li[data-role=grid_worker]")
        assert "顺桥社区第三网格" in page.inner_text("#account-card")
        other.goto(f"{server}/map")
        ready(other)
        assert other.locator(".cartouche").count() == 1
        assert "网格员" in other.inner_text("#who")

        page.click("#account-card li[data-role=grid_worker] button")
        page.wait_for_selector("#account-card li[data-role=grid_worker].over")
        other.goto(f"{server}/map")
        assert "没有此项权限" in other.inner_text("main")

        page.click("#flip")
        until(page, "document.getElementById('flip').textContent === '启用账户'")
        other.goto(f"{server}/map")
        assert "/login" in other.url

        page.click("#account-card a[href^='/audit']")
        page.wait_for_selector("tr[data-action='account.create']")
        found = page.locator("tr[data-action]").evaluate_all("rows => rows.map((row) => row.dataset.action)")
        assert {"account.create", "grant.create", "grant.end", "account.disable"} <= set(found)
        page.locator("tr[data-action='grant.create'] button").click()
        assert page.locator("tr.details:not([hidden])").count() == 1


def test_refusals_are_told_where_they_belong(chromium: Any, server: str, owner: Engine, ready: Ready) -> None:
    admin, taken = person(owner, "admin", area=COMMUNITY), person(owner, "leader")
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = REFUSED
        enter(page, server, owner, admin, "/users")
        page.click("#add")
        page.click("dialog button[type=submit]")
        assert "请填写" in page.inner_text("dialog .said")
        assert page.evaluate("document.activeElement.name") == "username"
        page.fill("dialog [name=username]", taken)
        page.fill("dialog [name=display_name]", "重名")
        page.click("dialog button[type=submit]")
        page.wait_for_selector("dialog :is(.said, .problem:not([hidden])):has-text('已')")
        page.once("dialog", lambda asked: asked.accept())
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
        assert page.evaluate("document.activeElement.id") == "add"
        page.fill("[name=q]", "没有这个人")
        page.wait_for_selector("#empty:not([hidden])")
        assert "没有符合条件的账户" in page.inner_text("#empty")


def test_an_administrator_sees_the_own_subtree_alone(
    chromium: Any, server: str, owner: Engine, ready: Ready
) -> None:
    inside, outside = person(owner, "grid_lead", area=GRID), person(owner, "grid_lead", area="230199003001")
    with opened(chromium, viewport=DESK) as (page, _):
        enter(page, server, owner, person(owner, "admin", area=COMMUNITY), "/users")
        page.fill("[name=q]", inside)
        until(page, "document.querySelectorAll('#rows tr').length === 1")
        assert inside in page.inner_text("#rows")
        page.fill("[name=q]", outside)
        page.wait_for_selector("#empty:not([hidden])")
        assert page.locator("#rows tr").count() == 0


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_text_of_strangers_stays_text(
    chromium: Any, server: str, owner: Engine, ready: Ready, lang: str
) -> None:
    admin = person(owner, "admin", "auditor", area="230199002")
    names = [person(owner, "leader", area="230199002") for _ in ATTACKS]
    with owner.begin() as connection:
        for username, attack in zip(names, ATTACKS, strict=True):
            connection.execute(
                text("UPDATE account SET display_name = :attack WHERE username = :name"),
                {"attack": attack, "name": username},
            )
    with opened(chromium, viewport=DESK) as (page, _):
        enter(page, server, owner, admin, f"/users?lang={lang}")
        page.wait_for_selector("#rows tr")
        shown = page.locator("#rows button.link").all_inner_texts()
        assert set(ATTACKS) <= set(shown)
        for attack in ATTACKS[:3]:
            page.locator("#rows button.link", has_text=attack).first.click()
            page.wait_for_selector("#account-card dl")
            assert page.inner_text("dialog h2") == attack
            assert page.evaluate(HITS) == [None, 0]
            page.keyboard.press("Escape")
    with opened(chromium, viewport=DESK) as (page, _):
        for path in ("/account", "/report", "/"):
            if path == "/account":
                enter(page, server, owner, names[0], path)
            else:
                page.goto(f"{server}{path}")
            until(page, f"document.getElementById('who').innerText.includes({json.dumps(ATTACKS[0])})")
            page.wait_for_load_state("networkidle")
            assert page.evaluate(HITS) == [None, 0], path


def test_tokens_and_sessions_of_my_own(chromium: Any, server: str, owner: Engine, ready: Ready) -> None:
    import httpx2

    name = person(owner, "leader")
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = REFUSED
        page.on("dialog", lambda asked: asked.accept())
        enter(page, server, owner, name, "/account")
        page.wait_for_selector("#sessions li[data-current]")
        page.click("#tokens summary")
        page.fill("#tokens [name=name]", "周报脚本")
        page.check("#tokens input[value='events.read']")
        page.fill("#tokens [name=password]", PASSWORD)
        page.click("#token-form button[type=submit]")
        page.wait_for_selector("#token-secret")
        token = page.input_value("#token-secret")
        bearer = {"Authorization": f"Bearer {token}"}
        asked = f"{server}/api/v1/events/summary"
        assert httpx2.get(asked, headers=bearer).status_code == 200
        assert httpx2.get(f"{server}/api/v1/coverage/options", headers=bearer).status_code == 403
        page.click("#tokens li button")
        page.wait_for_selector("#tokens li.over")
        assert httpx2.get(asked, headers=bearer).status_code == 401
        page.click("#end-all")
        page.wait_for_url("**/login")
        page.goto(f"{server}/account")
        assert "/login?next=" in page.url


def test_two_step_verification(chromium: Any, server: str, owner: Engine, ready: Ready) -> None:
    import pyotp

    name = person(owner, "leader")
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = REFUSED
        enter(page, server, owner, name, "/account")
        page.fill("#totp [name=password]", PASSWORD)
        page.click("#totp button[type=submit]")
        page.wait_for_selector(".qr")
        assert page.evaluate("document.querySelector('.qr').naturalWidth") > 100
        app = pyotp.TOTP(page.input_value("#totp-secret").replace(" ", ""))
        page.fill("#totp [name=code]", app.now())
        page.click("#totp-confirm button[type=submit]")
        page.wait_for_selector("#totp .tag.ok")
    with owner.begin() as connection:  # the code was used; the next one comes half a minute later
        connection.execute(text("UPDATE account SET totp_last_step = NULL WHERE username = :n"), {"n": name})
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = REFUSED
        page.goto(f"{server}/login?next=%2Fstatistics")
        ready(page)
        page.fill("#username", name)
        page.fill("#password", PASSWORD)
        page.click("#send")
        page.wait_for_selector("#code:visible")
        assert not page.is_visible("#problem")
        page.fill("#code", "000000" if app.now() != "000000" else "111111")
        page.click("#send")
        page.wait_for_selector("#problem:visible")
        page.fill("#code", app.now())
        page.keyboard.press("Enter")
        page.wait_for_url("**/statistics")
