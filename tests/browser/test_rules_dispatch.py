"""The tab of dispatch rules: each in words, what is wrong with them, what they would have done, alarms, lists."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.browser.conftest import DESK, PHONE, enter, opened, person

SHOTS = os.environ.get("WANGGE_SHOTS", "")
DUTY = "code,name,categories,lead,supporting,basis\nQ1,楼道电动车充电,gov-s:request:S0202,D{district}09,D{district}08,示例\n"


@pytest.fixture
def rules(chromium: Any, server: str, owner: Engine) -> Iterator[Any]:
    """The tab, opened by somebody who sets rules."""
    with opened(chromium, viewport=DESK) as (page, _):
        enter(page, server, owner, person(owner, "admin", area="230199"), "/rules#dispatch")
        page.wait_for_selector("#rule-table")
        yield page


@pytest.fixture
def alarm(owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO dispatch_alarm (kind, rule_set_id, rule, category, area_id, detail, times)"
                " SELECT 'unknown_department', s.id, 'heating-pipes', 'gov-p:request:P03', a.id, 'D23019977', 3"
                " FROM dispatch_rule_set AS s, area AS a WHERE s.state = 'active' AND a.code = '230199001001'"
                " ON CONFLICT DO NOTHING"
            )
        )


@pytest.fixture
def history(owner: Engine) -> Iterator[None]:
    """For a while what the sample closed happened of late: its year lies further back with each day."""
    late = text("SELECT now() - interval '2 days' - max(opened_at) FROM event WHERE status = 'closed'")
    moved = text("UPDATE event SET opened_at = opened_at + :by WHERE status = 'closed'")
    with owner.begin() as connection:
        by = connection.execute(late).scalar_one()
        connection.execute(moved, {"by": by})
    yield
    with owner.begin() as connection:
        connection.execute(moved, {"by": -by})


def shot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_rules_are_told_in_words(rules: Any) -> None:
    assert "没有发现问题" in rules.inner_text("#dispatch-findings")
    assert rules.locator("#rule-table tbody tr").count() == 25
    row = rules.locator("tr[data-rule='snow']")
    assert "道路积雪、结冰" in row.inner_text()
    assert "建议派往所在区环境卫生中心（D{district}20）" in row.inner_text()
    rules.fill("#panel-dispatch [name=q]", "热力")
    rules.wait_for_selector("tr[data-rule='snow']", state="detached")
    assert rules.locator("#rule-table tbody tr").count() == 1
    shot(rules, "dispatch_found")


def test_rules_are_tried_on_history(history: None, rules: Any) -> None:
    rules.select_option("#try-form [name=days]", "366")
    rules.select_option("#try-form [name=against]", "actual")
    rules.press("#try-form [name=against]", "Tab")
    rules.keyboard.press("Enter")
    rules.wait_for_selector("#diff-table")
    assert "件去向改变" in rules.inner_text("#dispatch-tried")
    shot(rules, "dispatch_tried")
    rules.select_option("#try-form [name=against]", "active")
    rules.click("#try-form button")
    rules.wait_for_selector("#dispatch-tried :text('没有事件改变去向')")
    assert not rules.locator("#diff-table").count()


def test_a_file_with_errors_is_kept_and_not_put_into_force(
    chromium: Any, server: str, owner: Engine, tmp_path: Path
) -> None:
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = ("422",)
        enter(page, server, owner, person(owner, "admin", area="230199"), "/rules#dispatch")
        page.wait_for_selector("#rule-table")
        _import_errors(page, tmp_path)


def _import_errors(rules: Any, tmp_path: Path) -> None:
    data = resources.files("gis.events").joinpath("data", "dispatch_rules_1.toml").read_text("utf-8")
    path = tmp_path / "rules.toml"
    path.write_text(
        'city = "230199"\n' + data.replace("D{district}05", "D{district}77").replace('"1"', '"wrong"')
    )
    rules.click("#import-rules")
    rules.set_input_files("dialog [name=file]", str(path))
    rules.click("dialog button[type=submit]")
    rules.wait_for_selector("dialog", state="detached")
    rules.wait_for_selector("[data-finding=unknown_department]")
    assert not rules.locator("#activate-rules").count()
    assert "有 1 处错误，不能启用" in rules.inner_text("#dispatch-actions")
    assert "部门不存在" in rules.inner_text("tr[data-rule='heating-pipes']")
    shot(rules, "dispatch_errors")
    path.write_text("rule = 3")
    rules.click("#import-rules")
    rules.set_input_files("dialog [name=file]", str(path))
    rules.click("dialog button[type=submit]")
    rules.wait_for_selector("#bad-rows")
    assert "version" in rules.inner_text("#bad-rows")


def test_an_alarm_is_shown_until_it_is_seen_to(alarm: None, rules: Any) -> None:
    row = rules.locator("#alarm-table tr[data-alarm]", has_text="D23019977")
    assert "规则指向不存在的部门" in row.inner_text()
    shot(rules, "dispatch_alarm")
    row.locator("button").press("Enter")
    rules.fill("dialog [name=note]", "已更正编码")
    rules.keyboard.press("Enter")
    rules.wait_for_selector("dialog", state="detached")
    rules.wait_for_selector("#alarm-table tr:has-text('D23019977')", state="detached")


def test_a_duty_list_is_checked_then_put_in_force(
    chromium: Any, server: str, owner: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "duty.csv"
    path.write_text(DUTY.replace("D{district}09", "ghost"), encoding="utf-8")
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = ("422",)
        enter(page, server, owner, person(owner, "admin", area="230199"), "/rules#dispatch")
        page.wait_for_selector("#rule-table")
        page.click("#import-duty")
        page.set_input_files("dialog [name=file]", str(path))
        page.fill("dialog [name=version]", "2026.1")
        page.click("dialog button[type=submit]")
        page.wait_for_selector("#bad-rows li:has-text('ghost')")
        shot(page, "dispatch_duty_bad")
        path.write_text(DUTY, encoding="utf-8")
        page.set_input_files("dialog [name=file]", str(path))
        page.click("dialog button[type=submit]")
        page.wait_for_selector("dialog [role=status]")
        page.click("dialog button[type=submit]")
        page.wait_for_selector("dialog", state="detached")
        page.wait_for_selector("#duty-table tr:has-text('楼道电动车充电')")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_tab_on_a_phone(chromium: Any, server: str, owner: Engine, alarm: None, language: str) -> None:
    with opened(chromium, viewport=PHONE) as (page, _):
        enter(page, server, owner, person(owner, "admin", area="230199"), f"/rules?lang={language}#dispatch")
        page.wait_for_selector("#rule-table")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert "dispatch." not in page.inner_text("#panel-dispatch"), "every text is there"
        shot(page, f"dispatch_phone_{language}")
