"""Logging in, being refused, logging out; the first password; the way back to where one was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.browser.conftest import DESK, GEO, PASSWORD, PHONE, log_in, opened, person, until

Ready = Callable[[Any], None]
REFUSED = ("401", "429", "403", "422")
OTHER = "Lamp-2965-Orchard"


def offered(page: Any) -> list[str]:
    """Addresses the menu offers."""
    shown = page.locator("#nav a[href^='/']").filter(visible=True)
    return [str(link.get_attribute("href")) for link in shown.all()]


def test_nobody_is_offered_what_is_for_everybody(visitor: Any, server: str) -> None:
    visitor.goto(f"{server}/")
    assert offered(visitor) == ["/report", "/track", "/statistics", "/login"]
    doors = visitor.evaluate("[...document.querySelectorAll('.door')].map((one) => one.getAttribute('href'))")
    assert doors == ["/report", "/statistics", "/login"]
    visitor.goto(f"{server}/track")
    until(visitor, "!document.getElementById('enter').hidden")
    assert offered(visitor) == ["/report", "/track", "/statistics", "/login"]


def test_log_in_by_keyboard_and_come_back_to_where_one_was(
    visitor: Any, server: str, owner: Engine, ready: Ready
) -> None:
    name = person(owner, "grid_lead", area="230199001002001")
    visitor.goto(f"{server}/map#status=finished")
    ready(visitor)
    assert "/login?next=" in visitor.url
    assert visitor.evaluate("document.activeElement.id") == "username"
    visitor.keyboard.type(name)
    visitor.keyboard.press("Tab")
    visitor.keyboard.type(PASSWORD)
    visitor.keyboard.press("Enter")
    visitor.wait_for_url("**/map#*")
    assert "status=finished" in visitor.url
    ready(visitor)
    assert visitor.inner_text("#who strong") == name
    assert "网格长" in visitor.inner_text("#who small")
    pages = [
        "/inbox",
        "/map",
        "/planner",
        "/report",
        "/track",
        "/statistics",
        "/kpi",
        "/campaigns",
        "/account",
    ]
    assert offered(visitor) == pages
    visitor.click("#logout")
    visitor.wait_for_url(f"{server}/")
    assert visitor.is_visible("#enter")
    visitor.goto(f"{server}/map")
    assert "/login" in visitor.url


ELSEWHERE = (
    "//evil.example", "/.//evil.example/x", "/./%2e//evil.example", "/%2e//evil.example", "/%2E%2e//evil.example",
    "/x/..//evil.example/", "/x/%2e%2e//evil.example", "/..\\\\evil.example", "/.\\/evil.example",
    "/\t//evil.example", "/\t/evil.example", "https://evil.example", "javascript:alert(1)", "/login?next=/map", "map", "",
)  # fmt: skip
HERE = ("/map?x=//evil.example#y", "/planner", "/track/7K3M", "/x//y", "/a.b")


def test_nobody_is_sent_to_another_host_after_logging_in(visitor: Any, server: str) -> None:
    visitor.goto(f"{server}/login")
    given = visitor.evaluate(
        "(all) => import('/static/js/session.js').then(({ safeNext }) => all.map((one) => safeNext(one)))",
        [*ELSEWHERE, *HERE],
    )
    assert given == ["/"] * len(ELSEWHERE) + list(HERE)


def test_one_refusal_for_an_unknown_name_and_a_wrong_password(
    chromium: Any, server: str, owner: Engine, ready: Ready
) -> None:
    name = person(owner, "leader")
    said = []
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = REFUSED
        page.goto(f"{server}/login")
        ready(page)
        page.click("#send")
        assert "用户名和密码" in page.inner_text("#problem")
        for tried in (name, "nobody_of_that_name"):
            page.fill("#username", tried)
            page.fill("#password", "not-it-at-all-1")
            page.click("#send")
            page.wait_for_selector("#problem:not([hidden])")
            until(page, "!document.getElementById('send').disabled")
            said.append(page.inner_text("#problem"))
            assert page.input_value("#password") == ""
    assert said[0] == said[1]


def test_too_many_tries_say_when_to_come_back(
    chromium: Any, server: str, owner: Engine, ready: Ready
) -> None:
    name = person(owner, "leader")
    with opened(chromium, viewport=PHONE) as (page, watch):
        watch.forgiven = REFUSED
        page.goto(f"{server}/login?lang=en")
        ready(page)
        for _ in range(12):
            page.fill("#username", name)
            page.fill("#password", "not-it-at-all-1")
            page.click("#send")
            until(
                page,
                "!document.getElementById('send').disabled && !document.getElementById('problem').hidden",
            )
            if "Too many" in page.inner_text("#problem"):
                break
        assert "Try again after" in page.inner_text("#problem")


@pytest.mark.parametrize(
    "bad", ["//127.0.0.2/", "/\\127.0.0.2/", "https://127.0.0.2/", "javascript:alert(1)", "/login"]
)
def test_next_never_leads_elsewhere(visitor: Any, server: str, owner: Engine, bad: str) -> None:
    from urllib.parse import quote

    log_in(visitor, server, person(owner, "leader"), path=f"?next={quote(bad, safe='')}")
    assert visitor.url == f"{server}/"


def test_the_first_password_is_changed_first(chromium: Any, server: str, owner: Engine, ready: Ready) -> None:
    name = person(owner, "leader", must_change=True)
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = REFUSED
        log_in(page, server, name, path="?next=%2Fmap")
        assert "/account" in page.url
        ready(page)
        assert "初始密码" in page.inner_text("#why")
        assert not page.is_visible("#tokens")
        page.goto(f"{server}/map")
        assert "/account?next=" in page.url
        ready(page)
        form = page.locator("#password-form")
        for field, value in (("old", PASSWORD), ("new", "short"), ("again", "short")):
            form.locator(f"[name={field}]").fill(value)
        form.locator("button[type=submit]").click()
        page.wait_for_selector(".said")
        assert "字符" in page.inner_text(".said")
        form.locator("[name=new]").fill(OTHER)
        form.locator("[name=again]").fill(OTHER)
        form.locator("button[type=submit]").click()
        page.wait_for_url("**/map*")
    with opened(chromium, viewport=DESK) as (page, _):
        log_in(page, server, name, OTHER)
        assert page.url == f"{server}/"


def test_a_session_that_ends_meanwhile_leads_to_the_login_page(
    chromium: Any, server: str, owner: Engine, ready: Ready
) -> None:
    name = person(owner, "leader")
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = REFUSED
        log_in(page, server, name, path="?next=%2Fmap")
        ready(page)
        with owner.begin() as connection:
            connection.execute(
                text("UPDATE login_session SET ended_at = now() WHERE account_id = "
                     "(SELECT id FROM account WHERE username = :name)"),
                {"name": name},
            )  # fmt: skip
        page.click("input[name=status][value=finished]", force=True)
        page.wait_for_url("**/login?next=*")
        ready(page)
        page.fill("#username", name)
        page.fill("#password", PASSWORD)
        page.click("#send")
        page.wait_for_url("**/map#*status=finished*")


def test_a_report_goes_out_although_the_session_ended(
    chromium: Any, server: str, owner: Engine, ready: Ready
) -> None:
    name, words = person(owner, "grid_worker"), "会话结束之后仍要送达的一件事"
    with opened(chromium, viewport=PHONE, **GEO) as (page, watch):
        watch.forgiven = REFUSED
        log_in(page, server, name, path="?next=%2Freport")
        ready(page)
        until(page, "!document.getElementById('who').hidden")
        assert page.evaluate("document.querySelector('#who strong').textContent") == name
        page.wait_for_selector(".fix.good")
        page.locator("#categories label").nth(4).click()
        page.fill("#text", words)
        with owner.begin() as connection:
            connection.execute(text("UPDATE login_session SET ended_at = now() WHERE ended_at IS NULL AND account_id = "
                                    "(SELECT id FROM account WHERE username = :name)"), {"name": name})  # fmt: skip
        page.click("#send")
        page.wait_for_selector("#tracking-code")
    with owner.connect() as connection:
        stored = connection.scalar(text("SELECT count(*) FROM report WHERE text = :words"), {"words": words})
    assert stored == 1


def test_the_kept_page_of_a_reporter_names_nobody(
    chromium: Any, server: str, owner: Engine, ready: Ready
) -> None:
    """The service worker keeps no name and no answer about a session, also of somebody logged in."""
    with opened(chromium, viewport=PHONE, **GEO) as (page, _):
        name = person(owner, "grid_worker")
        log_in(page, server, name, path="?next=%2Freport")
        ready(page)
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        ready(page)
        kept = page.evaluate(
            "caches.keys().then(async (names) => (await Promise.all(names.map(async (name) => {"
            "  const cache = await caches.open(name);"
            "  return Promise.all((await cache.keys()).map(async (key) =>"
            "    [new URL(key.url).pathname, await (await cache.match(key)).text()]));"
            "}))).flat())"
        )
        assert {"/report"} <= {path for path, _ in kept}
        assert [path for path, _ in kept if path.startswith("/api")] == []
        assert [path for path, body in kept if name in body] == []
