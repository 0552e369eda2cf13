"""Rules changed through the page: a day of a calendar, a standard, a rule, an item, a workflow, a subscriber, a sensor."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.browser.conftest import DESK, PHONE, enter, opened, person
from tests.days import working_day_next_year

SHOTS = os.environ.get("WANGGE_SHOTS", "")
AREA, RUBBISH = "230199002", "gbt47678.5-2026:matter:06010"
INSIDE = """
SELECT ST_X(p), ST_Y(p) FROM (
  SELECT ST_PointOnSurface(geom) AS p FROM area WHERE level = 'grid' AND valid_to IS NULL AND code LIKE :code LIMIT 1
) AS found
"""
SHOWN = {
    "calendars": "#calendar-year .month:nth-child(12)",
    "subscribers": "#subscriber-list > *",
    "sensors": "#sensor-list > *",
    "workflows": "#workflow-answer .records tbody tr",
    "categories": "#category-rows tr",
}
Open = Callable[[str], Any]


@pytest.fixture(scope="module")
def somebody(owner: Engine) -> str:
    """Somebody who sets the rules of a subdistrict."""
    return person(owner, "admin", area=AREA)


@pytest.fixture
def tab(chromium: Any, server: str, owner: Engine, somebody: str) -> Iterator[Open]:
    """Opens a tab of the page."""
    with opened(chromium, viewport=DESK) as (page, _):

        def show(name: str) -> Any:
            enter(page, server, owner, somebody, f"/rules#{name}")
            return page

        yield show


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def put_in_force(page: Any) -> None:
    """Try what a form says by Enter, then do it; the dialog closes."""
    page.click("dialog form button[type=submit]")
    page.wait_for_selector("dialog .tried")
    page.focus("#put")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog", state="detached")


def leave_when_asked_twice(page: Any) -> None:
    """By Escape: what is typed stays when one says no, and is given up when one says yes."""
    asked: list[str] = []

    def answer(dialog: Any) -> None:
        asked.append(dialog.message)
        if len(asked) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    page.keyboard.press("Escape")
    assert page.input_value("dialog [name=source]") == "街办〔2027〕2 号"
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog", state="detached")
    assert len(asked) == 2
    assert "刚填的内容" in asked[0]
    page.remove_listener("dialog", answer)


def test_a_day_of_a_calendar(tab: Open) -> None:
    wednesday = working_day_next_year()
    before, day = (wednesday - timedelta(days=1)).isoformat(), wednesday.isoformat()
    page = tab("calendars")
    page.wait_for_selector("#calendar-year .month")
    page.select_option("#calendar-of-year", "2026")
    page.wait_for_selector("[data-day='2026-10-01']")
    assert "国庆节" in page.get_attribute("[data-day='2026-10-01']", "aria-label")
    assert "休" in page.inner_text("[data-day='2026-10-01']"), "a letter, not colour alone"
    page.click("#new-calendar")
    page.fill("dialog [name=code]", "forms")
    page.fill("dialog [name=name_zh]", "街道日历")
    page.fill("dialog [name=source]", "街办〔2026〕1 号")
    put_in_force(page)
    page.wait_for_selector("#calendar-hours")
    page.select_option("#calendar-of-year", day[:4])
    page.wait_for_selector("#calendar-known:not([hidden])")
    page.focus(f"[data-day='{before}']")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.select_option("dialog [name=kind]", "off")
    page.fill("dialog [name=name]", "停办公")
    page.fill("dialog [name=source]", "街办〔2027〕2 号")
    page.click("dialog form button[type=submit]")
    page.wait_for_selector("dialog .tried")
    said = page.inner_text("dialog .tried")
    assert day in said
    assert "→" in said
    shot(page, "calendar_day")
    leave_when_asked_twice(page)
    assert page.evaluate("document.activeElement.dataset.day") == day
    page.keyboard.press("Enter")
    page.select_option("dialog [name=kind]", "off")
    page.fill("dialog [name=source]", "街办〔2027〕2 号")
    put_in_force(page)
    page.wait_for_selector(f"td.own [data-day='{day}']")
    assert "街办〔2027〕2 号" in page.inner_text("#own-days")
    page.click("#calendar-history summary >> nth=0")
    page.wait_for_selector("#calendar-versions [data-version='1'] button")
    shot(page, "calendar")


def test_a_standard(tab: Open) -> None:
    page = tab(f"standards?category={RUBBISH}")
    page.click("#standard-rows button.link")
    page.click("#edit-standard")
    page.wait_for_selector("dialog fieldset.area select")
    page.fill("dialog [name=limit]", "6")
    page.select_option("dialog [name=limit_kind]", "work_day")
    page.click("dialog form button[type=submit]")
    page.wait_for_selector("#difference")
    assert "4工作时 → 6工作日" in page.inner_text("#difference")
    shot(page, "standard_form")
    put_in_force(page)
    page.wait_for_selector(f"#set-rows tr:has-text('{AREA}')")


def test_a_category_of_ones_own(tab: Open) -> None:
    page = tab("categories")
    page.click("#add-category")
    page.fill("dialog [name=scheme]", "forms")
    page.fill("dialog [name=code]", "B1")
    page.fill("dialog [name=name_zh]", "冰雪景观")
    page.fill("dialog [name=name_en]", "Ice and snow works")
    put_in_force(page)
    page.click("tr[data-key='forms:matter:B1'] button.link")
    page.click("dialog button:text-is('修改')")
    page.fill("dialog [name=name_zh]", "冰雪景观破损")
    put_in_force(page)
    page.wait_for_selector("tr[data-key='forms:matter:B1']:has-text('破损')")


def test_a_rule_and_an_item(tab: Open) -> None:
    page = tab("dispatch")
    page.wait_for_selector("#rule-table")
    page.click("#new-draft")
    page.wait_for_selector("dialog fieldset.area select")
    assert page.input_value("dialog [name=city]") == AREA, "not everywhere, which is not theirs to set"
    page.click("dialog button[type=submit]")
    page.wait_for_selector("#add-rule:focus")
    page.keyboard.press("Enter")
    page.fill("dialog [name=code]", "rubbish-ours")
    page.select_option("dialog [name=category]", RUBBISH)
    page.click("#many-category button:text-is('添加')")
    page.fill("dialog [name=department]", "D{district}20")
    page.fill("dialog [name=priority]", "5")
    shot(page, "rule_form")
    page.focus("dialog [name=basis]")
    page.keyboard.press("Enter")
    page.wait_for_selector("tr[data-rule='rubbish-ours'] button:focus")
    assert "环境卫生中心" in page.inner_text("tr[data-rule='rubbish-ours']")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("tr[data-rule='rubbish-ours'] td:text-is('6')")
    page.wait_for_selector("tr[data-rule='rubbish-ours'] button:focus:text-is('↑')")
    shot(page, "dispatch_draft")
    page.click("#add-admission")
    page.fill("dialog [name=code]", "Z1")
    page.fill("dialog [name=name]", "党群服务")
    page.select_option("dialog [name=category]", RUBBISH)
    page.click("#many-category button:text-is('添加')")
    put_in_force(page)
    page.wait_for_selector("#admission-table tr:has-text('党群服务')")


def test_a_workflow_of_ones_own(tab: Open) -> None:
    page = tab("workflows")
    page.wait_for_selector("#own-workflow")
    page.select_option("#workflow", "grid")
    page.wait_for_selector("#workflow-answer[data-code=grid]")
    page.click("#own-workflow")
    page.fill("dialog [name=code]", "forms_grid")
    put_in_force(page)
    page.wait_for_selector("#workflow-answer[data-code=forms_grid]")
    page.locator("tr[data-status=filed] button").press("Enter")
    page.fill("dialog [name=limit_value]", "9")
    put_in_force(page)
    page.wait_for_selector("tr[data-status=filed]:has-text('9')")
    page.locator("#workflow-answer details summary").first.click()
    shot(page, "workflow")


def test_a_subscriber_and_a_sensor(tab: Open, owner: Engine) -> None:
    with owner.connect() as connection:
        lon, lat = connection.execute(text(INSIDE), {"code": f"{AREA}%"}).one()
    page = tab("subscribers")
    page.wait_for_selector("#subscriber-list .empty")
    page.click("#add-subscriber")
    page.fill("dialog [name=name]", "城市大脑")
    page.fill("dialog [name=address]", "https://hooks.example/wangge")
    page.focus("dialog [name=address]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#subscriber-secret:focus")
    assert len(page.input_value("#subscriber-secret")) > 30
    shot(page, "subscriber_secret")
    page.click("#secret-kept")
    page.on("dialog", lambda asked: asked.accept())
    page.click("#subscriber-table button:text-is('停止')")
    page.wait_for_selector("#subscriber-table tr.gone")
    page.click("#subscriber-table button:text-is('恢复')")
    page.wait_for_selector("#subscriber-table tr.gone", state="detached")
    page.click("#subscriber-table button:text-is('投递')")
    page.wait_for_selector("dialog .empty")
    page.keyboard.press("Escape")
    page.click("#tab-sensors")
    page.wait_for_selector("#sensor-list .empty")
    page.click("#add-sensor")
    for name, value in {"code": "well-1", "name": "井盖", "text": "井盖移位"}.items():
        page.fill(f"dialog [name={name}]", value)
    page.select_option("dialog [name=category]", RUBBISH)
    page.click("#sensor-pin")
    assert float(page.input_value("dialog [name=lat]")) > 45, "the numbers follow the pin"
    page.fill("dialog [name=lon]", str(lon))
    page.fill("dialog [name=lat]", str(lat))
    assert page.locator("#sensor-map .pin").count() == 0, "typed numbers take the pin of before away at once"
    page.wait_for_selector("#sensor-map .pin")
    page.wait_for_selector("#sensor-map + .row + .hint:not(.warn):has-text('图钉在')")
    page.focus("#sensor-map .pin")
    page.keyboard.press("ArrowUp")
    assert page.input_value("dialog [name=lat]") == f"{lat + 5 / 111320:.6f}", "by the arrow keys, too"
    page.click("dialog button[type=submit]")
    page.wait_for_selector("#sensor-secret:focus")
    shot(page, "sensor_secret")
    page.keyboard.press("Escape")
    page.wait_for_selector("#sensor-table tr[data-code='well-1']:has-text('还没有告警')")


def test_every_tab_on_a_phone(chromium: Any, server: str, owner: Engine, somebody: str) -> None:
    with opened(chromium, viewport=PHONE) as (page, _):
        enter(page, server, owner, somebody, "/rules?lang=en")
        for name, shown in SHOWN.items():
            page.click(f"#tab-{name}")
            page.wait_for_selector(shown)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
            words = page.inner_text(f"#panel-{name}")
            for prefix in ("calendar.", "subscriber.", "sensor.", "rules.", "dispatch."):
                assert prefix not in words, f"{name}: every text is there"
            shot(page, f"phone_{name}")
