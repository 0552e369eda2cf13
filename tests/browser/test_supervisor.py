"""The supervisor's first five minutes: open the map, filter, click a grid and an event, share the view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.browser.conftest import until

Ready = Callable[[Any], None]


def total(page: Any) -> int:
    return int("".join(c for c in page.inner_text("#total") if c.isdigit()))


def test_filter_grid_and_event(desk: Any, server: str, api: httpx2.Client, ready: Ready) -> None:
    desk.goto(f"{server}/map")
    ready(desk)
    assert desk.inner_text(".cartouche h1") == "江湾区网格事件分布图"
    summary = api.get("/api/v1/events/summary").json()
    assert total(desk) == summary["open"]

    desk.click("input[name=status][value='']", force=True)
    until(desk, f"document.getElementById('total').textContent.includes('{summary['total']}')")
    desk.wait_for_selector("#events button")
    family = max(summary["by_category"], key=lambda one: one["count"])
    desk.select_option("#category", family["category"])
    told = f"document.getElementById('total').textContent.includes('{family['count']} 件')"
    until(
        desk, f"{told} && !document.body.classList.contains('busy')"
    )  # a click on the old list rings nothing

    desk.locator("#events button").first.click()
    desk.wait_for_selector("#event-text")
    assert desk.inner_text("#event-text").strip()
    assert desk.locator("#panel .facts").inner_text().count("230199-") == 1
    desk.wait_for_selector(".mark.on")

    desk.locator("path.leaflet-interactive").first.dispatch_event("click")
    desk.wait_for_selector("#panel [data-role=grid_lead]")
    for role in ("grid_lead", "grid_worker", "substitute"):
        assert desk.inner_text(f"#panel [data-role={role}]").strip()
    assert "未结事件" in desk.inner_text("#panel")
    desk.click("#grid-events")
    until(desk, "location.hash.includes('area=') && !document.body.classList.contains('busy')")

    shared = desk.url
    counted = total(desk)
    desk.goto("about:blank")
    desk.goto(shared)
    ready(desk)
    assert total(desk) == counted
    assert desk.input_value("#category") == family["category"]


def test_map_says_what_it_is(desk: Any, server: str, ready: Ready) -> None:
    desk.goto(f"{server}/map")
    ready(desk)
    assert desk.is_visible("#watermark")
    assert "虚构示例·非真实区划" in desk.inner_text(".leaflet-control-attribution")
    assert desk.is_visible(".north")
    assert "m" in desk.inner_text(".leaflet-control-scale-line")
    assert "截至" in desk.inner_text("#asof")
    if not desk.evaluate("document.getElementById('legend').open"):
        desk.click("#legend summary")  # it begins closed where it would lie over the area
    assert "件" in desk.inner_text("#legend")
    counts = desk.locator(".chips small").all_inner_texts()
    assert all(text.replace(",", "").isdigit() for text in counts)


def test_list_by_keyboard(desk: Any, server: str, ready: Ready) -> None:
    desk.goto(f"{server}/map#status=")
    ready(desk)
    desk.wait_for_selector("#events button")
    desk.locator("#events button").nth(1).focus()
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#event-text")
    assert desk.evaluate("document.activeElement.id") == "panel"
    desk.keyboard.press("Escape")
    assert not desk.is_visible("#panel")
    assert desk.evaluate("document.activeElement.dataset.id") is not None


def test_a_list_written_anew_keeps_the_focus(desk: Any, server: str, ready: Ready) -> None:
    desk.goto(f"{server}/map#status=")
    ready(desk)
    desk.wait_for_selector("#events button")
    desk.locator("#events button").nth(1).focus()
    held = desk.evaluate("document.activeElement.dataset.id")
    desk.evaluate("old = document.activeElement; window.wangge.map.fire('moveend')")
    assert not desk.evaluate("old.isConnected")
    assert desk.evaluate("document.activeElement.dataset.id") == held


def test_english_keeps_the_view(desk: Any, server: str, ready: Ready) -> None:
    desk.goto(f"{server}/map#status=finished")
    ready(desk)
    desk.click("a.lang")
    ready(desk)
    assert desk.evaluate("document.documentElement.lang") == "en"
    assert "status=finished" in desk.url
    assert "events" in desk.inner_text("#total")


PAGES = ["/", "/map", "/planner", "/report", "/track", "/login", "/account", "/users", "/audit"]
PAGES += ["/statistics", "/rules", "/rules#standards"]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(staff_phone: Any, server: str, path: str) -> None:
    staff_phone.goto(f"{server}{path}")
    staff_phone.wait_for_load_state("networkidle")
    assert staff_phone.evaluate("document.documentElement.scrollWidth") <= 390
    small = staff_phone.evaluate("""() => [...document.querySelectorAll('button, a, select, input, summary')]
        .filter((one) => one.offsetParent && !one.closest('.leaflet-control-attribution') && !one.matches('.skip, a.link'))
        .map((one) => [one, (one.closest('label') ?? one).getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.height < 43.5 || box.width < 43.5))
        .map(([one, box]) => `${one.tagName} ${one.textContent.slice(0, 20)} ${box.width}x${box.height}`)""")
    assert small == []
