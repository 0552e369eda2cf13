"""What the planner reads: presets, the time of the week, the list of homes beyond, deficits, files, on a phone too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx2

from tests.browser.conftest import DESK, opened, until
from tests.browser.test_planner import ASK, Ready, shown

EVENING = "Tu-19:00"


def test_preset_tells_each_need_and_shows_one(
    desk: Any, server: str, api: httpx2.Client, ready: Ready
) -> None:
    desk.goto(f"{server}/planner")
    ready(desk)
    desk.click("input[name=preset][value=party_mass]", force=True)
    desk.wait_for_selector("#preset")
    answer = api.get("/api/v1/coverage/presets/party_mass").json()
    assert desk.locator("#preset [data-need]").count() == len(answer["needs"])
    assert "preset=party_mass" in desk.url
    assert desk.locator("input[name=type]").count() == 0
    need = [one for one in answer["needs"] if one["stations"]][-1]
    desk.click(f"[data-need={need['type']}]")
    until(desk, f"decodeURIComponent(location.hash).includes('types={need['type']}')")
    people = need["totals"]["residents"]
    until(desk, f"document.getElementById('fraction').textContent.includes('{shown(people['covered'])}')")


def test_time_of_the_week_changes_the_numbers(
    desk: Any, server: str, api: httpx2.Client, ready: Ready
) -> None:
    whole = api.get("/api/v1/coverage", params=ASK).json()["totals"]["residents"]
    late = api.get("/api/v1/coverage", params={**ASK, "at": EVENING}).json()["totals"]["residents"]
    assert late["covered"] != whole["covered"]
    desk.goto(f"{server}/planner")
    ready(desk)
    assert shown(whole["covered"]) in desk.inner_text("#fraction")
    desk.select_option("#week-day", "Tu")
    desk.fill("#week-time", "19:00")
    desk.press("#week-time", "Tab")
    until(desk, f"document.getElementById('fraction').textContent.includes('{shown(late['covered'])}')")
    assert "周二 19:00" in desk.inner_text("#question")
    desk.reload()
    ready(desk)
    assert desk.input_value("#week-day") == "Tu"
    assert shown(late["covered"]) in desk.inner_text("#fraction")


def test_the_worst_home_tells_its_reason_and_way(
    desk: Any, server: str, api: httpx2.Client, ready: Ready
) -> None:
    ask = {**ASK, "minutes": 5}
    listed = api.get("/api/v1/coverage/uncovered", params={**ask, "limit": 50}).json()
    desk.goto(f"{server}/planner#limit=minutes:5&tab=list")
    ready(desk)
    desk.wait_for_selector(".homes")
    assert desk.locator(".homes li").count() == min(50, listed["total"])
    assert shown(listed["total"]) in desk.inner_text("#homes-shown")
    worst = listed["items"][0]
    desk.click(f".homes [data-code={worst['code']}]")
    desk.wait_for_selector("#panel .facts")
    assert "不在" in desk.inner_text("#panel") or "圈外" in desk.inner_text("#panel")
    assert desk.locator("#panel dd").first.inner_text().strip()
    assert "路线已画在图上" in desk.inner_text("#panel")
    until(desk, "document.querySelector('.leaflet-overlay-pane path[stroke=\"#7a1fa2\"]')")
    desk.click("#homes-more")
    until(desk, "document.querySelectorAll('.homes li').length > 50")


def test_deficits_and_housing(desk: Any, server: str, api: httpx2.Client, ready: Ready) -> None:
    answer = api.get("/api/v1/coverage/deficits").json()
    ranked = answer["ranked"]
    desk.goto(f"{server}/planner#tab=deficits")
    ready(desk)
    desk.wait_for_selector(f"[data-community='{ranked[0]['community']}']")
    desk.click(f"[data-community='{ranked[0]['community']}']")
    desk.wait_for_selector("#deficit-rows table")
    assert ranked[0]["name"] in desk.inner_text("#deficit-rows")
    row = next(
        one
        for one in answer["rows"]
        if one["community"] == ranked[0]["community"]
        and one["missing"]
        and one["residents"]["rate"] is not None
    )
    assert row["residents"]["total"]
    assert "半径内居民" in desk.inner_text("#deficit-rows")
    assert "＜10" not in desk.inner_text("#deficit-rows")
    desk.click("#deficit-totals summary")
    assert desk.locator("#deficit-totals tbody tr").count() == len(answer["totals"])
    desk.fill("input[name=households]", "1200")
    desk.press("input[name=households]", "Enter")
    desk.wait_for_selector("#housing table")


def test_file_in_the_zone_of_the_data(desk: Any, server: str, ready: Ready, tmp_path: Path) -> None:
    desk.goto(f"{server}/planner#tab=export")
    ready(desk)
    desk.select_option("#crs", "cgcs2000-3")
    with desk.expect_download() as waiting:
        desk.click("[data-format=gpkg]")
    waiting.value.save_as(tmp_path / "a.gpkg")
    frame = gpd.read_file(tmp_path / "a.gpkg", layer="楼栋")
    assert frame.crs.is_projected
    assert "CGCS2000" in frame.crs.name
    desk.select_option("#crs", "own")
    assert desk.locator("[data-format][href]").count() == 0
    assert desk.is_visible("#crs-missing")
    desk.fill("#crs-own", "4547")
    assert "crs=4547" in desk.get_attribute("[data-format=gpkg]", "href")


def test_tabs_by_keyboard(desk: Any, server: str, ready: Ready) -> None:
    desk.goto(f"{server}/planner")
    ready(desk)
    desk.focus("#tab-now")
    desk.keyboard.press("ArrowRight")
    assert desk.get_attribute("#tab-list", "aria-selected") == "true"
    assert desk.evaluate("document.activeElement.id") == "tab-list"
    desk.wait_for_selector(".homes, #panel-list .empty")
    desk.keyboard.press("End")
    assert desk.get_attribute("#tab-export", "aria-selected") == "true"
    assert "tab=export" in desk.url


def test_who_does_not_plan_sees_no_plans(
    chromium: Any, server: str, state_of: Callable[..., Any], ready: Ready
) -> None:
    state = state_of("community_secretary", area="230199001001")
    with opened(chromium, viewport=DESK, storage_state=state) as (page, _):
        page.goto(f"{server}/planner#scenario=0190b1f0-0000-7000-8000-000000000000&tab=plan")
        ready(page)
        page.wait_for_selector("#rate")
        assert page.locator("#tab-plan, #tab-siting").count() == 0
        assert "scenario=" not in page.url
        assert "没有查看方案的权限" in page.inner_text("#notice")


def test_on_a_phone(staff_phone: Any, server: str, ready: Ready) -> None:
    page = staff_phone
    page.goto(f"{server}/planner#limit=minutes:5")
    ready(page)
    page.click(".dock [data-open=numbers]")
    for tab in ("list", "deficits", "plan", "siting", "export", "now"):
        page.click(f"#tab-{tab}")
        page.wait_for_selector(f"#panel-{tab} > *")
        until(page, "document.documentElement.scrollWidth <= 390")
        until(page, f"document.getElementById('panel-{tab}').scrollWidth <= 390")
    page.click("#tab-deficits")
    page.click("#panel-deficits [data-community] >> nth=0")
    page.wait_for_selector("#deficit-rows table")
    assert page.evaluate("document.getElementById('numbers').classList.contains('open')")
    page.click("#tab-plan")
    page.click("[data-tool=add_station]")
    page.click("#tool [data-pick=map]")
    until(page, "!document.getElementById('numbers').classList.contains('open')")
    page.touchscreen.tap(190, 300)
    until(page, "document.getElementById('numbers').classList.contains('open')")
    assert float(page.input_value("#tool input[name=lon]")) > 100


def test_deficits_of_people_nobody_counted_are_unknown(desk: Any, server: str, ready: Ready) -> None:
    def nobody(route: Any) -> None:
        body = route.fetch().json()
        for one in body["rows"] + body["totals"]:
            one |= {"required": None, "missing": None, "area_missing_m2": None, "unknown": True}
        for one in body["ranked"]:
            one |= {"missing": None, "area_missing_m2": None, "residents": None}
        body["notes"] = [{"code": "residents_unknown", "zh": "个社区没有居民数据", "en": "", "count": 6}]
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    desk.route("**/coverage/deficits*", nobody)
    desk.goto(f"{server}/planner#tab=deficits")
    ready(desk)
    desk.wait_for_selector("[data-note=residents_unknown]")
    assert "6 个社区没有居民数据" in desk.inner_text("[data-note=residents_unknown]")
    row = desk.locator("tr", has=desk.locator("[data-community]")).first
    assert row.locator("td").all_inner_texts() == ["未知", "未知"]
    row.locator("button").click()
    cells = desk.locator("#deficit-rows tbody tr").first.locator("td").all_inner_texts()
    assert [cells[0], cells[2], cells[3]] == ["未知", "未知", "未知"]
    assert cells[1].isdigit()
