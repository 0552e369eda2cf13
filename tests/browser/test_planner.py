"""The planner's first five minutes: a type, minutes, the numbers, one building, the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.browser.conftest import DESK, opened, until

Ready = Callable[[Any], None]
TILES = "Object.values(window.wangge.layers.coverage._vectorTiles)"
MIDDLE = """() => {
    const map = window.wangge.map, size = map.getSize();
    for (const tile of Object.values(window.wangge.layers.coverage._vectorTiles)) {
        for (const [code, { feature }] of Object.entries(tile._features)) {
            const at = map.layerPointToContainerPoint(tile.getOffset().add(feature._pxBounds.getCenter()));
            const inside = Math.abs(at.x - size.x / 2) < 150 && Math.abs(at.y - size.y / 2) < 150;
            if (inside && feature._containsPoint(feature._pxBounds.getCenter())) return [code, at.x, at.y];
        }
    }
}"""
ASK: dict[str, Any] = {"types": "party_mass_center", "minutes": 15, "profile": "standard"}


def shown(value: float) -> str:
    return f"{value:,}"


def test_choose_and_read(desk: Any, server: str, api: httpx2.Client, ready: Ready) -> None:
    desk.goto(f"{server}/planner")
    ready(desk)
    people = api.get("/api/v1/coverage", params=ASK).json()["totals"]["residents"]
    desk.wait_for_selector("#rate")
    assert shown(people["covered"]) in desk.inner_text("#fraction")
    assert shown(people["total"]) in desk.inner_text("#fraction")
    assert shown(people["total"] - people["covered"]) in desk.inner_text("#uncovered")
    assert "测算时间" in desk.inner_text(".provenance")

    desk.click("input[name=limit][value='minutes:5']", force=True)
    fewer = api.get("/api/v1/coverage", params={**ASK, "minutes": 5}).json()["totals"]["residents"]
    until(desk, f"document.getElementById('fraction').textContent.includes('{shown(fewer['covered'])}')")
    assert fewer["covered"] < people["covered"]
    desk.check("input[name=type][value=micro_station]", force=True)
    until(desk, "document.getElementById('question').textContent.includes('、')")
    assert "types=" in desk.url
    assert desk.locator("table.numbers button").count() > 0


def test_the_first_question_is_about_the_area_one_holds(
    chromium: Any, server: str, api: httpx2.Client, state_of: Callable[..., Any], ready: Ready
) -> None:
    area = "230199001001"
    mine = api.get("/api/v1/coverage", params={**ASK, "area": area}).json()["totals"]["residents"]
    whole = api.get("/api/v1/coverage", params=ASK).json()["totals"]["residents"]
    assert mine["total"] < whole["total"]
    state = state_of("community_secretary", area=area)
    with opened(chromium, viewport=DESK, storage_state=state) as (page, _):
        page.goto(f"{server}/planner")
        ready(page)
        page.wait_for_selector("#rate")
        assert shown(mine["total"]) in page.inner_text("#fraction")
        assert page.input_value("#area") == area
        assert f"area={area}" in page.url
        page.select_option("#area", "")
        until(page, "!location.hash.includes('area=')")
        page.reload()
        ready(page)
        assert page.input_value("#area") == ""


LINES = """() => [...document.querySelectorAll('.menu nav > a:not(.who)')].map((link) => {
    const text = document.createRange();
    text.selectNodeContents(link);
    return text.getClientRects().length;
})"""


UNREAD = "(unread) => import('/static/js/nav.js').then(({ bell }) => bell(unread))"


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize("unread", [0, 8, 100])
def test_the_bar_is_one_open_line_at_1440(
    chromium: Any, server: str, staff: Any, ready: Ready, lang: str, unread: int
) -> None:
    """Also beside a count of unread notices, which once folded the whole menu away."""
    with opened(chromium, viewport=DESK, storage_state=staff) as (page, _):
        page.goto(f"{server}/planner?lang={lang}")
        ready(page)
        page.wait_for_load_state("networkidle")
        page.evaluate(UNREAD, unread)
        assert page.locator("#bell").is_visible() == bool(unread)
        assert set(page.evaluate(LINES)) == {1}
        assert page.evaluate("document.documentElement.scrollWidth") == DESK["width"]


def test_building_tells_its_walk(desk: Any, server: str, api: httpx2.Client, ready: Ready) -> None:
    desk.goto(f"{server}/planner")
    ready(desk)
    desk.wait_for_selector("#rate")
    until(desk, f"{TILES}.some((one) => Object.keys(one._features).length)")
    code, x, y = desk.evaluate(MIDDLE)
    frame = desk.locator(".folium-map").bounding_box()
    desk.mouse.click(frame["x"] + x, frame["y"] + y)
    desk.wait_for_selector("#panel .facts")
    assert "步行" in desk.inner_text("#panel")
    answer = api.get(f"/api/v1/coverage/buildings/{code}", params=ASK).json()
    if answer["nearest"]:
        assert answer["nearest"]["name"] in desk.inner_text("#panel")


@pytest.mark.parametrize(
    ("form", "start"), [("xlsx", b"PK"), ("gpkg", b"SQLite format 3"), ("geojson", b"{")]
)
def test_download(desk: Any, server: str, ready: Ready, form: str, start: bytes) -> None:
    desk.goto(f"{server}/planner#tab=export")
    ready(desk)
    with desk.expect_download() as waiting:
        desk.click(f"[data-format={form}]")
    content = Path(waiting.value.path()).read_bytes()
    assert content.startswith(start)
    assert waiting.value.suggested_filename.endswith(form)


def test_what_is_outside_ones_areas_is_not_called_too_few(
    chromium: Any, server: str, state_of: Callable[..., Any], ready: Ready
) -> None:
    state = state_of("community_secretary", area="230199001001")
    with opened(chromium, viewport=DESK, storage_state=state) as (page, _):
        page.goto(f"{server}/planner#area=")
        ready(page)
        answer = page.evaluate("""() => Promise.all([
            import('/static/js/planner_numbers.js'), fetch('/api/v1/coverage?types=party_mass_center&minutes=15'),
        ]).then(async ([{ numbers }, given]) => {
            const answer = await given.json(), box = document.createElement('div');
            box.append(...numbers(answer, '', () => {}).flat(Infinity).filter(Boolean));
            return [answer.suppressed, box.querySelector('#fraction').textContent, box.textContent];
        })""")
    assert answer[0] is True
    assert "管辖范围" in answer[1]
    assert "人数过少" not in answer[2]
    assert "＜10" not in answer[2]
