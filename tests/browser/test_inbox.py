"""The inbox: boxes with counts that agree with what lies in them, by keyboard; a step for several at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine

from gis.jobs.delivery import spread
from tests.browser.conftest import DESK, PHONE, enter, opened, person, until
from tests.browser.people import event_of, reported, step, tab_to

Ready = Callable[[Any], None]
SMALL = """() => [...document.querySelectorAll('main :is(button, a, select, input, summary)')]
    .filter((one) => one.offsetParent && !one.closest('.leaflet-control-attribution'))
    .map((one) => [one, (one.closest('label') ?? one).getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.height < 43.5 || box.width < 43.5))
    .map(([one, box]) => `${one.tagName} ${one.id} ${one.textContent.slice(0, 20)} ${box.width}x${box.height}`)"""


@pytest.fixture
def desk_of(chromium: Any, server: str, owner: Engine) -> Iterator[Any]:
    """The inbox of somebody who leads a shift."""
    with opened(chromium, viewport=DESK) as (page, _):
        enter(page, server, owner, person(owner, "shift_lead"), "/inbox#accept")
        yield page


def count(page: Any, box: str) -> int:
    return int(page.inner_text(f"#box-{box} b"))


def test_boxes_say_how_many_and_show_them(api: httpx2.Client, desk_of: Any) -> None:
    event = str(reported(api)["event"])
    desk_of.reload()
    desk_of.wait_for_selector(f"tr[data-id='{event}']")
    before = count(desk_of, "accept")
    assert desk_of.locator("#rows tr").count() == min(before, 30)
    row = desk_of.inner_text(f"tr[data-id='{event}']")
    assert "垃圾堆放在楼道口" in row
    assert "已上报" in row
    assert "剩余" in row
    step(api, event, "accept")
    desk_of.reload()
    desk_of.wait_for_selector("body[data-ready]", state="attached")
    assert count(desk_of, "accept") == before - 1


def test_boxes_are_walked_by_keyboard(desk_of: Any) -> None:
    tab_to(desk_of, "#box-file")
    desk_of.keyboard.press("Enter")
    desk_of.wait_for_selector("#box-file[aria-current=true]")
    assert desk_of.inner_text("#box-title") == "待立案"
    until(desk_of, "document.activeElement.id === 'box-title'")
    assert desk_of.url.endswith("#file")


def test_an_empty_box_says_what_to_do_next(
    chromium: Any, server: str, owner: Engine, api: httpx2.Client
) -> None:
    reported(api)
    with opened(chromium, viewport=DESK) as (page, _):
        enter(page, server, owner, person(owner, "shift_lead"), "/inbox#mine")
        assert "没有等您办理的事" in page.inner_text("#empty")
        page.click("#empty button")
        page.wait_for_selector("#rows tr")


def test_several_are_accepted_at_once_and_each_answer_is_shown(api: httpx2.Client, desk_of: Any) -> None:
    events = [str(reported(api, f"批量第 {n} 件")["event"]) for n in range(3)]
    desk_of.select_option("#sort", "newest")
    desk_of.reload()
    for event in events:
        desk_of.wait_for_selector(f"tr[data-id='{event}']")
        desk_of.check(f"tr[data-id='{event}'] .tick input")
    desk_of.wait_for_selector("#bulk select[name=command]")
    assert "已选 3 件" in desk_of.inner_text("#bulk")
    step(api, events[1], "accept")  # somebody is quicker with one of them
    desk_of.select_option("#bulk select[name=command]", label="受理")
    desk_of.click("#bulk button[type=submit]")
    desk_of.wait_for_selector(f"tr[data-id='{events[0]}'] .result .tag.ok")
    desk_of.wait_for_selector(f"tr[data-id='{events[0]}'] .now:has-text('已受理')")  # the rows are read anew
    assert "已完成：受理" in desk_of.inner_text(f"tr[data-id='{events[2]}'] .result")
    assert desk_of.locator(f"tr[data-id='{events[1]}'] .result .tag.bad").count() == 1
    assert {event_of(api, event)["status"] for event in events} == {"accepted"}


def test_several_are_filed_each_under_a_condition_of_its_category(api: httpx2.Client, desk_of: Any) -> None:
    kinds = ("component:01001", "matter:06001")
    events = [str(reported(api, category=f"gbt47678.5-2026:{kind}")["event"]) for kind in kinds]
    for event in events:
        step(api, event, "accept")
    desk_of.select_option("#sort", "newest")
    desk_of.click("#box-file")
    for event in events:
        desk_of.check(f"tr[data-id='{event}'] .tick input")
    desk_of.wait_for_selector("#bulk select[name=command]")
    desk_of.select_option("#bulk select[name=command]", label="立案")
    for kind, name in ((kinds[1], f"standard gbt47678.5-2026:{kinds[1]}"), (kinds[0], "standard")):
        desk_of.locator(f"#bulk [name='{name}']").nth(1).check()
        assert desk_of.locator(f"#bulk [name='{name}']").count() == {"06001": 3, "01001": 4}[kind[-5:]]
    desk_of.click("#bulk button[type=submit]")
    for event in events:
        desk_of.wait_for_selector(f"tr[data-id='{event}'] .result .tag.ok")
    assert all(event_of(api, event)["standard"] for event in events)


def test_notices_are_read(chromium: Any, server: str, owner: Engine, api: httpx2.Client) -> None:
    who = person(owner, "acceptor", area="230199")
    event = str(reported(api)["event"])
    spread(owner)
    with opened(chromium, viewport=DESK) as (page, _):
        enter(page, server, owner, who, "/inbox")
        page.wait_for_selector("#notices-title:has-text('未读')")
        assert int(page.inner_text("#bell b")) > 0
        page.click("#bell")
        page.wait_for_selector(f"#notice-body a[href='/events/{event}']")
        page.wait_for_selector("#notices-title:text-is('通知')")
        assert page.is_hidden("#bell")


def test_nothing_is_wider_than_a_phone(chromium: Any, server: str, staff: Any, api: httpx2.Client) -> None:
    event = reported(api)["event"]
    with opened(chromium, viewport=PHONE, storage_state=staff) as (page, _):
        for path in ("/inbox#accept", f"/events/{event}"):
            page.goto(f"{server}{path}")
            page.wait_for_selector("body[data-ready]", state="attached")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            small = page.evaluate(SMALL)
            assert small == []
