"""What every map page does alike: links pasted into an open tab, a legend out of the way, one language."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import DESK, GEO, PHONE, opened, until

Ready = Callable[[Any], None]
COVERED = """() => {
    const [left, bottom, right, top] = window.wangge.config.area.bbox, map = window.wangge.map;
    const from = map.latLngToContainerPoint([top, left]), to = map.latLngToContainerPoint([bottom, right]);
    const stage = map.getContainer().getBoundingClientRect();
    const box = document.getElementById('legend').getBoundingClientRect();
    const wide = Math.min(to.x, box.right - stage.left) - Math.max(from.x, box.left - stage.left);
    const high = Math.min(to.y, box.bottom - stage.top) - Math.max(from.y, box.top - stage.top);
    return Math.max(0, wide) * Math.max(0, high) / ((to.x - from.x) * (to.y - from.y));
}"""


def paste(page: Any, state: str) -> None:
    """What the browser does with an address that differs after # alone."""
    page.evaluate(f"() => {{ location.hash = {state!r}; }}")


def test_a_link_pasted_into_the_open_map_is_followed(desk: Any, server: str, ready: Ready) -> None:
    desk.goto(f"{server}/map")
    ready(desk)
    counted = desk.inner_text("#total")
    paste(desk, "status=&source=hotline&at=16/45.76080/126.62080")
    until(desk, "document.querySelector('input[name=status][value=\"\"]').checked")
    until(desk, f"document.getElementById('total').textContent !== {counted!r}")
    assert desk.is_checked("#sources input[value=hotline]")
    assert desk.evaluate("window.wangge.map.getZoom()") == 16
    until(desk, "!document.body.classList.contains('busy')")
    events = desk.evaluate(
        "() => { window.again = 0; addEventListener('hashchange', () => { window.again += 1; }); }"
    )
    assert events is None
    desk.wait_for_timeout(700)
    assert desk.evaluate("window.again") == 0
    assert "source=hotline" in desk.url
    paste(desk, "")
    until(desk, "document.querySelector('input[name=status][value=open]').checked")
    until(desk, f"document.getElementById('total').textContent === {counted!r}")


def test_a_link_pasted_into_the_open_planner_is_followed(desk: Any, server: str, ready: Ready) -> None:
    desk.goto(f"{server}/planner")
    ready(desk)
    before = desk.inner_text("#fraction")
    paste(desk, "types=micro_station&limit=minutes%3A5&at=15.5/45.76080/126.62080")
    until(desk, f"(document.getElementById('fraction') ?? {{}}).textContent !== {before!r}")
    until(desk, "document.getElementById('question').textContent.includes('5 分钟')")
    assert desk.is_checked("input[name=limit][value='minutes:5']")
    assert desk.is_checked("input[name=type][value=micro_station]")
    assert not desk.is_checked("input[name=type][value=party_mass_center]")
    assert "types=micro_station" in desk.url


@pytest.mark.parametrize("path", ["/map", "/planner"])
@pytest.mark.parametrize("width", [900, 1440, 1920])
def test_the_legend_begins_off_the_area(
    chromium: Any, server: str, staff: Any, ready: Ready, path: str, width: int
) -> None:
    size = {"width": width, "height": DESK["height"]}
    with opened(chromium, viewport=size, storage_state=staff) as (page, _):
        page.goto(f"{server}{path}")
        ready(page)
        assert page.evaluate(COVERED) < 0.02
        if page.evaluate("document.getElementById('legend').open"):
            return
        page.click("#legend summary")
        assert page.evaluate(COVERED) > 0.02, "open it would lie over the area"


def test_on_a_phone_the_legend_is_a_sheet_that_opens(staff_phone: Any, server: str, ready: Ready) -> None:
    staff_phone.goto(f"{server}/map")
    ready(staff_phone)
    assert not staff_phone.is_visible("#legend")
    staff_phone.click(".dock [data-open=legend]")
    assert staff_phone.is_visible("#legend li")


def test_english_titles_begin_with_a_capital_and_keep_to_english(
    chromium: Any, server: str, staff: Any, ready: Ready
) -> None:
    with opened(chromium, viewport=PHONE, storage_state=staff, **GEO) as (page, _):
        page.goto(f"{server}/report?lang=en")
        ready(page)
        until(page, "document.querySelectorAll('#category-all option').length > 20")
        names = page.evaluate(
            "[...document.querySelectorAll('#category-all option')].map((one) => one.textContent)"
        )
        names += page.evaluate(
            "[...document.querySelectorAll('#category-all optgroup')].map((one) => one.label)"
        )
        assert [name for name in names if not re.match(r"[A-Z0-9]", name)] == []
        page.goto(f"{server}/map?lang=en")
        ready(page)
        assert page.inner_text(".cartouche h1").startswith("Events by grid")
        families = page.evaluate(
            "[...document.querySelectorAll('#category option')].map((one) => one.textContent)"
        )
        assert [name for name in families if not re.match(r"[A-Z0-9][^（）、]*$", name)] == []
        page.goto(f"{server}/planner?lang=en")
        ready(page)
        assert page.inner_text(".cartouche h1").startswith("Walking circles")
        page.evaluate("() => { location.hash = 'types=micro_station,party_mass_center'; }")
        until(page, "document.getElementById('question').textContent.includes('Micro-station, ')")
