"""The rules page: what there is and whether anybody checked it; a table is compared before it is put in force."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.browser.conftest import DESK, enter, opened, person

Ready = Callable[[Any], None]
G = "gbt47678.5-2026"
RUBBISH, COVER = f"{G}:matter:06010", f"{G}:component:01001"
HEAD = "category,condition,limit,closure\n"


@pytest.fixture
def rules(desk: Any, server: str, ready: Ready) -> Any:
    """The page, opened by somebody who sets rules."""
    desk.goto(f"{server}/rules")
    ready(desk)
    return desk


def file(tmp_path: Path, rows: str, head: str = HEAD) -> str:
    path = tmp_path / "标准.csv"
    path.write_text(head + rows, encoding="utf-8")
    return str(path)


def test_categories_say_in_words_that_nobody_checked_them(rules: Any) -> None:
    assert "未与标准原文核对" in rules.inner_text("#category-summary")
    family = rules.locator(f"tr[data-key='{G}:matter:06']")
    assert "公开转录，未与原文核对" in family.inner_text()
    assert "本项目自定" in rules.locator("tr[data-key='gov-s:request:S07']").inner_text()
    family.locator("[aria-expanded]").press("Enter")
    assert rules.locator(f"tr[data-key='{RUBBISH}']").is_visible()
    rules.fill("#panel-categories [name=q]", "暴露垃圾")
    rules.wait_for_selector(f"tr[data-key='{G}:component:01']", state="detached")
    rules.click(f"tr[data-key='{RUBBISH}'] th button")
    assert "没有改动过" in rules.inner_text("dialog")
    rules.click("dialog a.button")
    rules.wait_for_selector("#standard-rows tr")
    assert rules.locator("#standard-rows tr").count() == 1
    assert "4工作时" in rules.inner_text("#standard-rows")
    rules.click("#only-category button")
    rules.wait_for_selector(f"#standard-rows tr:has-text('{COVER}')")


def test_an_older_code_needs_its_edition(rules: Any) -> None:
    rules.click("#panel-categories details.fold > summary")
    rules.fill("#map-form [name=code]", "0504")
    for edition, name in (("gbt30428.2-2013", "热力管道破裂"), ("cjt214-2007", "店外经营")):
        rules.select_option("#map-form [name=edition]", edition)
        rules.click("#map-form button")
        rules.wait_for_selector(f"#mapped:has-text('{name}')")


def test_a_category_is_retired_and_brought_back(rules: Any) -> None:
    rules.on("dialog", lambda asked: asked.accept())
    key = f"{G}:matter:09014"
    rules.fill("#panel-categories [name=q]", "09014")
    for words, gone in (("停用", True), ("恢复启用", False)):
        rules.select_option("#panel-categories [name=show]", "all")
        rules.click(f"tr[data-key='{key}'] th button")
        rules.click(f"dialog button:text-is('{words}')")
        rules.wait_for_selector("dialog", state="detached")
        rules.wait_for_selector(f"tr.gone[data-key='{key}']", state="attached" if gone else "detached")


def test_tabs_are_walked_with_arrows(rules: Any) -> None:
    rules.focus("#tab-categories")
    rules.keyboard.press("ArrowRight")
    rules.wait_for_selector("#standard-rows tr")
    assert rules.evaluate("document.activeElement.id") == "tab-standards"
    assert rules.url.endswith("#standards")
    assert rules.get_attribute("#tab-standards", "aria-selected") == "true"
    rules.keyboard.press("Home")
    assert rules.is_visible("#panel-categories")


def test_a_table_is_compared_then_put_in_force(
    chromium: Any, server: str, owner: Engine, tmp_path: Path
) -> None:
    version = f"t{secrets.token_hex(3)}"
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = ("422",)
        enter(page, server, owner, person(owner, "admin", area="230199001"), "/rules#standards")
        page.wait_for_selector("#standard-rows tr")
        page.click("#import-standards")
        page.set_input_files("dialog [name=file]", file(tmp_path, f"{RUBBISH},甲,错,乙\n,缺,1天,\n"))
        page.fill("dialog [name=version]", version)
        page.click("dialog button[type=submit]")
        page.wait_for_selector("#bad-rows li")
        assert "第 1 行 limit" in " ".join(page.inner_text("#bad-rows").split())
        assert not page.is_visible("#put")
        page.set_input_files("dialog [name=file]", file(tmp_path, f"{RUBBISH},成堆,1工作日,已清运\n"))
        page.click("dialog button[type=submit]")
        page.wait_for_selector("#difference li")
        assert "4工作时 → 1工作日" in page.inner_text("#difference")
        page.click("#put")
        page.wait_for_selector("dialog", state="detached")
        page.wait_for_selector(f"#set-rows tr:has-text('{version}')")
        page.wait_for_selector("#standard-rows tr:has-text('成堆')")
        assert "1 个类别，1 条" in page.inner_text("#standard-count")


def test_rules_for_more_than_one_administers_are_not_offered(
    chromium: Any, server: str, owner: Engine
) -> None:
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = ()
        enter(page, server, owner, person(owner, "admin", area="230199001001"), "/rules#standards")
        page.click("#import-standards")
        page.wait_for_selector("dialog [name=version]")
        assert "全部区域" not in page.locator("dialog fieldset.area").inner_text()


def test_workflows_are_told_in_words(rules: Any) -> None:
    rules.click("#tab-workflows")
    rules.wait_for_selector("#workflow-answer tr[data-status=filed]")
    for code in ("urban", "grid", "hotline"):
        rules.select_option("#workflow", code)
        rules.wait_for_selector(f"#workflow-answer[data-code={code}] tr[data-status=inspecting]")
        words = rules.inner_text("#workflow-answer")
        assert "→" in words
        assert "rules." not in words + rules.inner_text("#workflow-about")
