"""The page of an event: walked by keyboard alone from the street to its closing; every refusal told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from sqlalchemy import Engine

from tests.browser.conftest import DESK, GEO, HERE, enter, opened, person
from tests.browser.people import PNG, event_of, reported, step, tab_to, worker

Ready = Callable[[Any], None]
AT_PLACE = {"geolocation": HERE, "permissions": GEO["permissions"]}


@contextmanager
def somebody(chromium: Any, server: str, owner: Engine, username: str, path: str) -> Iterator[Any]:
    """A desk of somebody who logged in and came to a page."""
    with opened(chromium, viewport=DESK, **AT_PLACE) as (page, _):
        enter(page, server, owner, username, path)
        yield page


def stands(page: Any, status: str) -> None:
    page.wait_for_selector(f"#status[data-status={status}]")


def take(page: Any, command: str, **typed: str) -> None:
    """Open a step, fill in what it asks for, send it: by keyboard alone."""
    page.wait_for_selector(f"#do-{command}")
    tab_to(page, f"#do-{command}")
    page.keyboard.press("Enter")
    page.wait_for_selector("#act button[type=submit]")
    for name, words in typed.items():
        if not page.evaluate("(name) => document.activeElement.name === name", name):
            tab_to(page, f"#act [name={name}]")
        page.keyboard.type(words)
    send(page)


def send(page: Any) -> None:
    """Send the open form; it is gone when the step was taken."""
    tab_to(page, "#act button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#act", state="detached")
    page.wait_for_selector("#said:not([hidden])")


def take_open(page: Any, **typed: str) -> None:
    """Fill in the open form and send it."""
    for name, words in typed.items():
        page.fill(f"#act [name={name}]", words)
    page.click("#act button[type=submit]")
    page.wait_for_selector("#act", state="detached")


def show(page: Any, slot: str) -> None:
    """A file is chosen in a window of the system, which no keyboard of a page reaches."""
    page.set_input_files(
        f"#act [name=photo-{slot}]", {"name": "p.png", "mimeType": "image/png", "buffer": PNG}
    )
    page.wait_for_selector("#act .shots img")


def take_with_photo(page: Any, command: str, words: str, *slots: str) -> None:
    page.wait_for_selector(f"#do-{command}")
    tab_to(page, f"#do-{command}")
    page.keyboard.press("Enter")
    for slot in slots:
        page.wait_for_selector(f"#act [name=photo-{slot}]")
        show(page, slot)
    page.focus("#act [name=text]")
    page.keyboard.type(words)
    send(page)


def open_from_inbox(page: Any, event: str) -> None:
    page.wait_for_selector(f"a.open[href='/events/{event}']")
    tab_to(page, f"a.open[href='/events/{event}']", most=400)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/events/{event}")
    page.wait_for_selector("body[data-ready]", state="attached")


def test_a_matter_is_walked_from_the_street_to_its_closing_by_keyboard(
    chromium: Any, server: str, owner: Engine, api: httpx2.Client
) -> None:
    event = str(reported(api, category="gbt47678.5-2026:matter:06001")["event"])
    lead = person(owner, "shift_lead")
    with somebody(chromium, server, owner, lead, "/inbox#accept") as page:
        open_from_inbox(page, event)
        stands(page, "reported")
        take(page, "accept", text="已核对地址")
        stands(page, "accepted")
        assert "已核对地址" in page.inner_text("#log")
        assert page.inner_text("#log li[data-action=accept] .who").endswith(" 值班长）")
        take(page, "file", standard=" ")  # one of several conditions is chosen
        page.wait_for_selector("#status:not([data-status=accepted])")
        if event_of(api, event)["department"] is None:
            take(page, "dispatch")
        stands(page, "dispatched")
        page.wait_for_selector("#why dd")
        assert "{" not in page.text_content("#why"), "departments by their names"
        assert "不如选中的规则具体" in page.text_content("#why")
        assert "结案条件" in page.inner_text("#about")
        assert "结案条件" in page.inner_text("#log li[data-action=file]")
    department = event_of(api, event)["department"]["code"]
    with somebody(
        chromium, server, owner, worker(owner, "department_handler", department), "/inbox#sign"
    ) as page:
        open_from_inbox(page, event)
        take(page, "sign")
        stands(page, "handling")
        take_with_photo(page, "feedback", "已清运", "before", "after")
        stands(page, "feedback")
        page.wait_for_selector("#photos img")
    with somebody(chromium, server, owner, lead, f"/events/{event}") as page:
        take(page, "send_inspection")
        stands(page, "inspecting")
    with somebody(chromium, server, owner, person(owner, "supervisor"), f"/events/{event}") as page:
        take_with_photo(page, "pass_inspection", "现场已清理", "check")
        assert "现场已清理" in page.inner_text("#log")
        page.locator("#photos img").nth(2).wait_for()  # the closing waits for it
    with somebody(chromium, server, owner, lead, f"/events/{event}") as page:
        page.wait_for_selector("#do-close")
        tab_to(page, "#do-close")
        page.keyboard.press("Enter")
        page.wait_for_selector("#act button[type=submit]")
        if page.locator("#act [name=closure]").count():
            if not page.evaluate("document.activeElement.name === 'closure'"):
                tab_to(page, "#act [name=closure]")
            page.keyboard.press("Space")
        send(page)
        stands(page, "closed")
        assert page.locator("#do-close, #do-whistle").count() == 0
        ink = "getComputedStyle(document.querySelector('#status .mark')).color"
        assert page.evaluate(ink) == "rgb(255, 255, 255)", "the mark can be read"
        assert page.locator("#clocks .clock").count() > 2
    assert event_of(api, event)["status"] == "closed"


def test_whom_the_lead_waits_for_is_told_and_may_be_released_and_a_suspension_is_one_day_everywhere(
    chromium: Any, server: str, owner: Engine, api: httpx2.Client
) -> None:
    event = str(reported(api, category="gbt47678.5-2026:matter:06001")["event"])
    step(api, event, "accept")
    step(api, event, "file", data={"condition": 1})
    worker(owner, "department_handler", "asked-in-vain")
    if event_of(api, event)["department"] is None:
        step(api, event, "dispatch", data={"department": "asked-in-vain"})
    lead = worker(owner, "department_handler", event_of(api, event)["department"]["code"])
    worker(owner, "department_handler", "helps-in-vain")
    with somebody(chromium, server, owner, lead, f"/events/{event}") as page:
        take(page, "sign")
        step(api, event, "co_handle", data={"departments": ["helps-in-vain"]})
        page.reload()
        page.wait_for_selector("#waits")
        assert page.inner_text("#waits strong") == "等待helps-in-vain协办反馈"
        assert page.locator("#do-feedback").count() == 0
        with somebody(chromium, server, owner, person(owner, "dispatcher"), f"/events/{event}") as other:
            other.click("#do-co_release")
            other.wait_for_selector("#act [name=departments]:checked")
            assert other.locator("#act [name=departments]").count() == 1
            take_open(other, reason="请错了部门")
            other.wait_for_selector("#waits", state="detached")
            assert "helps-in-vain" in other.inner_text("#log li[data-action=co_release]")
        page.reload()
        page.wait_for_selector("#do-feedback")
        day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
        page.click("#do-request_suspension")
        page.wait_for_selector("#act [name=until]")
        page.fill("#act [name=until]", day)
        take_open(page, reason="等待汛期结束")
    with somebody(chromium, server, owner, person(owner, "shift_lead"), f"/events/{event}") as page:
        page.click("#do-suspend")
        page.wait_for_selector("#asked")
        assert "等待汛期结束" in page.inner_text("#asked")
        assert page.input_value("#act [name=until]") == day
        take_open(page)
        stands(page, "suspended")
        assert page.inner_text("#head .due") == f"挂账至 {day} 24:00"
        assert f"至 {day} 24:00" in page.inner_text("#clocks")
        assert f"截止日期：{day}" in page.inner_text("#log li[data-action=suspend]")


def test_somebody_was_quicker_and_nothing_typed_is_lost(
    chromium: Any, server: str, owner: Engine, api: httpx2.Client
) -> None:
    event = str(reported(api, "井盖松动")["event"])
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = ("412",)
        enter(page, server, owner, person(owner, "shift_lead"), f"/events/{event}")
        page.click("#do-reject")
        page.fill("#act [name=reason]", "这段话不能丢")
        step(api, event, "accept")
        page.click("#act button[type=submit]")
        page.wait_for_selector("#act .changed")
        assert "受理" in page.inner_text("#act .changed")
        assert page.input_value("#act [name=reason]") == "这段话不能丢"
        page.click("#act .changed button")
        page.wait_for_selector("#act .changed", state="detached")
        stands(page, "accepted")
        assert page.input_value("#act [name=reason]") == "这段话不能丢"
        page.click("#act button[type=submit]")
        stands(page, "rejected")
        assert "这段话不能丢" in page.inner_text("#log")


def test_of_a_step_that_is_gone_the_words_stay_beside_what_may_be_done_now(
    chromium: Any, server: str, owner: Engine, api: httpx2.Client
) -> None:
    event = str(reported(api, "护栏倾斜")["event"])
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = ("412", "401")
        enter(page, server, owner, person(owner, "shift_lead"), f"/events/{event}")
        page.click("#do-accept")
        page.fill("#act [name=text]", "已电话核对")
        page.keyboard.press("Escape")  # closes it; what was typed is kept
        page.wait_for_selector("#act", state="detached")
        assert page.evaluate("document.activeElement.id") == "do-accept"
        page.click("#do-accept")
        page.wait_for_selector("#act [name=text]")
        assert page.input_value("#act [name=text]") == "已电话核对"
        step(api, event, "accept")
        page.click("#act button[type=submit]")
        page.click("#act .changed button")
        page.wait_for_selector("#act .gone")
        assert page.locator("#act button[type=submit], #do-accept").count() == 0
        assert page.input_value("#act [name=text]") == "已电话核对"
        assert page.evaluate("document.querySelector('#actions').contains(document.activeElement)")
        page.click("#act .row button:last-child")
        page.wait_for_selector("#act", state="detached")
        assert page.is_visible("#do-file")
        assert page.evaluate("document.querySelector('#actions').contains(document.activeElement)")
        page.click("#do-note")
        page.fill("#act [name=text]", "写到一半")
        page.context.clear_cookies()
        page.click("#act button[type=submit]")
        page.wait_for_selector("#act .problem a[href^='/login?next=']")
        assert page.input_value("#act [name=text]") == "写到一半"
        assert page.url.endswith(f"/events/{event}")


def test_what_a_step_requires_is_asked_for_before_it_is_sent(
    chromium: Any, server: str, owner: Engine, api: httpx2.Client
) -> None:
    event = str(reported(api, "路灯不亮")["event"])
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = ("401",)
        enter(page, server, owner, person(owner, "shift_lead"), f"/events/{event}")
        page.click("#do-cancel")
        page.click("#act button[type=submit]")
        page.wait_for_selector("#said-reason")
        assert page.get_attribute("#act [name=reason]", "aria-invalid") == "true"
        page.keyboard.press("Escape")
        page.click("#do-whistle")
        page.wait_for_selector("#act [name=departments]")
        page.fill("#act [name=reason]", "三家单位要一起到场")
        page.click("#act button[type=submit]")
        page.wait_for_selector("#said-departments:text-is('请至少选一个部门。')")
        page.check("#act [name=departments] >> nth=1")
        page.reload()
        page.click("#do-whistle")
        page.wait_for_selector("#act [name=departments]:checked")
        assert page.input_value("#act [name=reason]") == "三家单位要一起到场", "as of any other step"
        assert page.locator("#said-departments").count() == 0
        page.context.clear_cookies()
        page.click("#act button[type=submit]")
        page.wait_for_selector("#act .problem a[href^='/login?next=']")
    assert event_of(api, event)["status"] == "reported"


def test_who_sees_nothing_of_it_is_told_so(
    chromium: Any, server: str, owner: Engine, api: httpx2.Client
) -> None:
    event = str(reported(api, "噪声")["event"])
    elsewhere = worker(owner, "department_handler", "elsewhere")
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = ("404",)
        enter(page, server, owner, elsewhere, f"/events/{event}")
        assert "没有这个事件" in page.inner_text("#problem")
        assert not page.is_visible("#case")


def test_words_of_a_reporter_stay_words(desk: Any, server: str, api: httpx2.Client, ready: Ready) -> None:
    hostile = "<img src=x onerror=alert(1)><b>粗</b>"
    event = str(reported(api, hostile)["event"])
    step(api, event, "accept", text=hostile)
    desk.goto(f"{server}/events/{event}")
    ready(desk)
    assert hostile in desk.inner_text("#event-text")
    assert hostile in desk.inner_text("#log")
    assert desk.locator("#about b, #log b, #log img").count() == 0
