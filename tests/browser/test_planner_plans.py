"""What the planner plans: edits on the map, a comparison, a plan shared by its address, siting, the report."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.browser.conftest import DESK, opened, until
from tests.browser.test_planner import ASK, Ready, shown

AREA = "230199001001"
FIVE: dict[str, Any] = {**ASK, "minutes": 5}
CENTRE = "document.getElementById('fraction')"


@pytest.fixture
def plans(api: httpx2.Client) -> Iterator[None]:
    """Takes away what a test saved."""
    yield
    for one in api.get("/api/v1/scenarios").json()["items"]:
        api.delete(f"/api/v1/scenarios/{one['id']}", headers={"If-Match": f'"{one["version"]}"'})


def add_station(page: Any, lon: float, lat: float, name: str) -> None:
    """By keyboard: coordinates typed."""
    page.click("[data-tool=add_station]")
    page.fill("#tool input[name=name]", name)
    page.fill("#tool input[name=lon]", str(lon))
    page.fill("#tool input[name=lat]", str(lat))
    page.press("#tool input[name=lat]", "Enter")
    page.wait_for_selector("#plan-edits .edits")


@pytest.mark.usefixtures("plans")
def test_station_placed_on_the_map_and_compared(
    desk: Any, server: str, api: httpx2.Client, ready: Ready
) -> None:
    desk.goto(f"{server}/planner#limit=minutes:5&tab=plan")
    ready(desk)
    desk.click("[data-tool=add_station]")
    desk.click("#tool [data-pick=map]")
    frame = desk.locator(".folium-map").bounding_box()
    desk.mouse.click(frame["x"] + frame["width"] / 2 + 20, frame["y"] + frame["height"] / 2 + 60)
    until(desk, "document.querySelector('#tool input[name=lon]').value")
    desk.click("#tool button[type=submit]")
    desk.wait_for_selector("#plan-edits .edits li")
    desk.click("#plan-undo")
    desk.wait_for_selector("#plan-edits .empty")
    add_station(desk, 126.6218, 45.7577, "拟建站")
    desk.fill("#plan-name", "加一处站点")
    desk.click("#plan-compare")
    desk.wait_for_selector("#comparison")
    saved = api.get("/api/v1/scenarios").json()["items"]
    assert [one["name"] for one in saved] == ["加一处站点"]
    found = api.get(f"/api/v1/scenarios/{saved[0]['id']}/comparison", params=FIVE).json()
    assert found["gained"]["residents"] > 0
    assert shown(found["gained"]["residents"]) in desk.inner_text("[data-sum=gained]")
    assert desk.locator(".change.gained").count() >= found["gained"]["buildings"]
    assert f"scenario={saved[0]['id']}" in desk.url
    desk.click("#tab-now")
    after = shown(found["after"]["residents"]["covered"])
    until(desk, f"{CENTRE} && {CENTRE}.textContent.includes('{after}')")


@pytest.mark.usefixtures("plans")
def test_gate_and_station_of_the_map(desk: Any, server: str, api: httpx2.Client, ready: Ready) -> None:
    desk.goto(f"{server}/planner#limit=minutes:5&tab=plan&at=17/45.7600/126.6112")
    ready(desk)
    desk.click("[data-tool=gate]")
    desk.wait_for_selector(".change.gate")
    until(desk, "document.querySelectorAll('#tool select[name=code] option').length")
    desk.select_option("#tool select[name=access]", "closed")
    desk.click("#tool button[type=submit]")
    desk.wait_for_selector("#plan-edits .edits li")
    desk.click("[data-tool=station]")
    desk.select_option("#tool select[name=code]", "S00006")
    desk.select_option("#tool select[name=kind]", "close_station")
    desk.click("#tool button[type=submit]")
    until(desk, "document.querySelectorAll('#plan-edits .edits li').length === 2")
    desk.click("[data-tool=street]")
    desk.check("#tool input[name=bridge]")
    desk.fill("#tool textarea", "126.6112, 45.7590\n126.6118, 45.7600")
    desk.click("#tool button[type=submit]")
    until(desk, "document.querySelectorAll('#plan-edits .edits li').length === 3")
    desk.click("#plan-compare")
    desk.wait_for_selector("#comparison")
    (saved,) = api.get("/api/v1/scenarios").json()["items"]
    assert [one["kind"] for one in saved["edits"]] == ["set_gate", "close_station", "add_street"]
    found = api.get(f"/api/v1/scenarios/{saved['id']}/comparison", params=FIVE).json()
    assert found["lost"]["residents"] > 0
    assert shown(found["lost"]["residents"]) in desk.inner_text("[data-sum=lost]")


HIT = """() => {
    const box = document.querySelector('.folium-map').getBoundingClientRect();
    for (const one of document.querySelectorAll('.street-to-remove')) {
        const at = one.getPointAtLength(one.getTotalLength() / 2).matrixTransform(one.getScreenCTM());
        const inside = at.x > box.left + 80 && at.x < box.right - 80 && at.y > box.top + 120 && at.y < box.bottom - 80;
        if (inside && document.elementFromPoint(at.x, at.y) === one) return [at.x, at.y];
    }
}"""
"""The middle of a street in view that nothing lies on."""


@pytest.mark.usefixtures("plans")
def test_street_pressed_on_the_map_or_chosen_by_keyboard_is_removed(
    desk: Any, server: str, api: httpx2.Client, ready: Ready
) -> None:
    desk.goto(f"{server}/planner#limit=minutes:5&tab=plan&at=17/45.7600/126.6112")
    ready(desk)
    desk.focus("[data-tool=street_gone]")
    desk.keyboard.press("Enter")
    until(desk, "document.querySelectorAll('#tool select[name=code] option').length > 3")
    desk.mouse.click(*desk.evaluate(HIT))
    until(desk, "document.querySelectorAll('#plan-edits .edits li').length === 1")
    desk.focus("#tool select[name=code]")
    desk.keyboard.press("ArrowDown")
    second = desk.input_value("#tool select[name=code]")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    until(desk, "document.querySelectorAll('#plan-edits .edits li').length === 2")
    assert second not in desk.eval_on_selector_all("#tool option", "all => all.map((one) => one.value)")
    assert desk.locator(".change.edit.shut").count() == 2
    desk.click("#plan-compare")
    desk.wait_for_selector("#comparison")
    (saved,) = api.get("/api/v1/scenarios").json()["items"]
    first, last = saved["edits"]
    assert [first["kind"], last] == ["remove_street", {"kind": "remove_street", "code": second}]
    desk.reload()  # the lines are not kept: they are read by their codes
    ready(desk)
    until(desk, "document.querySelectorAll('.change.edit.shut').length === 2")
    assert first["code"] in desk.inner_text("#plan-edits")
    desk.goto(f"{server}/planner#tab=plan&at=13/45.7600/126.6112")
    desk.reload()
    ready(desk)
    desk.click("[data-tool=street_gone]")
    until(desk, "document.getElementById('streets-told').textContent.includes('放大')")


@pytest.mark.usefixtures("plans")
def test_plan_opened_by_its_address_by_somebody_who_may_see_less(
    chromium: Any, server: str, api: httpx2.Client, state_of: Callable[..., Any], ready: Ready
) -> None:
    edit = {"kind": "add_station", "code": "NEW-1", "type": "party_mass_center", "name": "拟建站"}
    body = {
        "name": "给社区看的方案",
        "edits": [{**edit, "lon": 126.612, "lat": 45.762}],
        "question": {**FIVE, "types": ["party_mass_center"], "area": AREA},
    }
    made = api.post("/api/v1/scenarios", json=body).json()
    with opened(chromium, viewport=DESK, storage_state=state_of("planner", area=AREA)) as (page, _):
        page.goto(f"{server}{made['url']}")
        ready(page)
        page.wait_for_selector("#comparison")
        assert page.input_value("#plan-name") == "给社区看的方案"
        page.select_option("#area", "")
        page.click("#tab-now")
        until(page, f"{CENTRE} && {CENTRE}.textContent.includes('管辖范围')")
        page.click("#tab-plan")
        until(page, "document.getElementById('plan-result').textContent.includes('管辖范围外')")
        told = page.inner_text("#comparison")
        whole = api.get(f"/api/v1/scenarios/{made['id']}/comparison", params=FIVE).json()
        assert shown(whole["after"]["residents"]["covered"]) not in told


def test_siting_by_buildings_says_so(desk: Any, server: str, ready: Ready) -> None:
    def by_buildings(route: Any) -> None:
        body = route.fetch().json()
        if found := body.get("result"):
            found |= {
                "weight": "buildings",
                "residents": None,
                "note": {"zh": "改按楼栋计算", "en": "buildings"},
            }
            found["uncoverable"]["residents"] = None
            for one in found["sites"]:
                one["gain_residents"] = None
        route.fulfill(status=200, content_type="application/json", body=json.dumps(body))

    desk.route("**/api/v1/jobs/*", by_buildings)
    desk.goto(f"{server}/planner#limit=minutes:5&tab=siting")
    ready(desk)
    desk.fill("#siting-form input[name=stations]", "1")
    desk.click("#siting-run")
    desk.wait_for_selector("#siting-answer", timeout=60_000)
    assert desk.inner_text("#siting-note") == "改按楼栋计算"
    told = desk.inner_text("#siting-answer")
    assert "新增楼栋" in told
    assert "栋 /" in told
    assert "人 /" not in told


@pytest.mark.usefixtures("plans")
def test_siting_runs_to_the_end_and_becomes_a_plan(desk: Any, server: str, ready: Ready) -> None:
    desk.goto(f"{server}/planner#limit=minutes:5&tab=siting")
    ready(desk)
    desk.fill("#siting-form input[name=stations]", "2")
    desk.click("#siting-run")
    desk.wait_for_selector("#siting-answer", timeout=60_000)
    assert desk.locator("#siting-answer [data-site]").count() == 2
    assert "最优" in desk.inner_text("#siting-gap") or "至多还能好" in desk.inner_text("#siting-gap")
    assert desk.locator(".leaflet-marker-pane .change.site").count() == 2
    assert desk.locator("#siting-other").count() == 0
    desk.check("input[name=type][value=micro_station]", force=True)
    desk.uncheck("input[name=type][value=party_mass_center]", force=True)
    until(desk, "document.querySelector('#siting-other')")
    desk.click("#tab-plan")
    add_station(desk, 126.6218, 45.7577, "先画的站")
    desk.click("#tab-siting")
    desk.evaluate("() => { const one = document.getElementById('siting-plan'); one.click(); one.click(); }")
    until(desk, "document.querySelectorAll('#plan-edits .edits li').length === 3")
    assert "先画的站" in desk.inner_text("#plan-edits")
    kept = desk.evaluate(
        "JSON.parse(Object.values(sessionStorage).find((one) => one.includes('edits'))).edits"
    )
    assert [one["type"] for one in kept] == ["micro_station", "party_mass_center", "party_mass_center"]
    desk.click("#tab-siting")
    desk.reload()
    ready(desk)
    desk.wait_for_selector("#siting-other")
    assert "5 分钟" in desk.inner_text("#siting-question")


def test_report_is_made_and_downloaded(desk: Any, server: str, ready: Ready) -> None:
    desk.goto(f"{server}/planner#limit=minutes:5&tab=export")
    ready(desk)
    desk.click("#report-make")
    desk.wait_for_selector("#report-file", timeout=60_000)
    with desk.expect_download() as waiting:
        desk.click("#report-file")
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF")
    assert desk.locator("#report-other").count() == 0
    desk.click("input[name=limit][value='minutes:10']", force=True)
    desk.wait_for_selector("#report-other")
    assert "5 分钟" in desk.inner_text("#report-question")


@pytest.mark.usefixtures("plans")
def test_pressed_twice_a_plan_is_saved_once(desk: Any, server: str, api: httpx2.Client, ready: Ready) -> None:
    desk.goto(f"{server}/planner#limit=minutes:5&tab=plan")
    ready(desk)
    add_station(desk, 126.6218, 45.7577, "拟建站")
    desk.evaluate("() => { const one = document.getElementById('plan-compare'); one.click(); one.click(); }")
    desk.wait_for_selector("#comparison")
    (saved,) = api.get("/api/v1/scenarios").json()["items"]
    assert saved["version"] == 1
    assert saved["name"].count(":") == 2
    desk.evaluate("""() => {
        Object.defineProperty(navigator, 'clipboard', { value: undefined });
        document.execCommand = () => false;
    }""")
    desk.click("#plan-link")
    assert f"scenario={saved['id']}" in desk.input_value("#plan-address")
    assert "已复制" not in desk.inner_text("#plan-link")


@pytest.mark.usefixtures("plans")
def test_plan_adopted_for_real(desk: Any, server: str, api: httpx2.Client, ready: Ready) -> None:
    def hours() -> Any:
        listed = api.get("/api/v1/stations").json()["features"]
        return next(one["properties"]["hours"] for one in listed if one["id"] == "S00019")

    before = hours()
    desk.on("dialog", lambda asked: asked.accept())
    desk.goto(f"{server}/planner#tab=plan")
    ready(desk)
    desk.click("[data-tool=station]")
    desk.select_option("#tool select[name=code]", "S00019")
    desk.select_option("#tool select[name=kind]", "set_station_hours")
    desk.fill("#tool input[name=hours]", "Mo-Fr 06:30-16:30")
    desk.click("#tool button[type=submit]")
    desk.click("#plan-compare")
    desk.click("#plan-adopt")
    desk.wait_for_selector("#plan-edits .empty")
    assert hours() == "Mo-Fr 06:30-16:30"
    back = {"kind": "set_station_hours", "code": "S00019", "hours": before}
    assert api.post("/api/v1/edits", json={"edit": back}).status_code == 201
    assert hours() == before
