"""The page of indicators and that of campaigns: numbers with what they are made of; a visit and a problem kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.browser.conftest import DESK, PHONE, enter, opened, person, until
from tests.clients import add_account

Ready = Callable[[Any], None]


@pytest.fixture(scope="session")
def worked(owner: Engine) -> Engine:
    """The clocks of the town's events, those of the open ones due this month, as a replay would leave them."""
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO event_clock (event_id, round, stage, kind, value, source, calendar_id, started_at,"
                " running_since, first_due_at, due_at, stopped_at, outcome) SELECT e.id, 1, s.stage, 'natural_day', 2,"
                " 'workflow', (SELECT min(id) FROM calendar), b.began, CASE WHEN e.closed_at IS NULL THEN b.began END,"
                " b.began, b.began + interval '2 days', e.closed_at, CASE WHEN e.closed_at IS NOT NULL THEN 'done' END"
                " FROM event AS e, (VALUES ('total'), ('handle')) AS s (stage), LATERAL (SELECT CASE WHEN e.closed_at"
                " IS NULL THEN date_trunc('month', now(), 'Asia/Shanghai') - interval '2 days' ELSE e.opened_at END) AS b"
                " (began) WHERE NOT EXISTS (SELECT FROM event_clock AS c WHERE c.event_id = e.id AND c.stage = s.stage)"
            )
        )
    return owner


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_every_number_says_what_it_is_made_of(
    chromium: Any, server: str, staff: Any, worked: Engine, ready: Ready, screen: Any, language: str
) -> None:
    with opened(chromium, viewport=screen, storage_state=staff) as (page, _):
        page.goto(f"{server}/kpi?lang={language}")
        ready(page)
        page.wait_for_selector("#stages")
        words = page.inner_text("#answer")
        assert ("截至" if language == "zh-CN" else "as of") in words
        assert ("无可计" if language == "zh-CN" else "nothing to count") in page.inner_text("#voices")
        total = page.locator("#stages tbody tr").first
        due, done, in_time, late, running = (
            int(one.replace(",", "")) for one in total.locator("td.n").all_inner_texts()
        )
        assert due == in_time + late
        assert running >= 0
        assert f"{done:,} / {due:,}" in total.inner_text() or f"{done:,} of {due:,}" in total.inner_text()
        until(page, "document.documentElement.scrollWidth <= innerWidth")
        links = page.locator("#answer a[download]")
        assert (links.first.get_attribute("href") or "").startswith("/api/v1/kpi/export?area=")


def test_told_apart_and_ranked(chromium: Any, server: str, staff: Any, worked: Engine, ready: Ready) -> None:
    with opened(chromium, viewport=DESK, storage_state=staff) as (page, _):
        page.goto(f"{server}/kpi")
        ready(page)
        page.select_option("#by", "subdistrict")
        page.wait_for_selector("#places tbody tr")
        assert "0" in page.inner_text("#workload caption")
        page.select_option("#by", "category")
        page.wait_for_selector("#places", state="detached")
        assert page.locator("#lines tbody tr").count() > 1
        page.click("#filters .quick button:has-text('上月')")
        until(page, "document.getElementById('answer').getAttribute('aria-busy') === 'false'")


def test_a_campaign_from_its_beginning(chromium: Any, server: str, owner: Engine) -> None:
    with owner.connect() as connection:
        area = connection.execute(
            text("SELECT code FROM area WHERE level = 'community' ORDER BY code LIMIT 1")
        ).scalar_one()
    secretary = person(owner, "community_secretary", area=area)
    with opened(chromium, viewport=PHONE) as (page, watch):
        watch.forgiven = ("422",)
        enter(page, server, owner, secretary, "/campaigns")
        page.click("#new > summary")
        page.fill("#new-form [name=name]", "冬季敲门行动")
        page.click("#new-form button.primary")
        page.wait_for_selector("#figures")
        assert "0 / " in page.locator("#figures tbody tr").first.inner_text()
        page.fill("#visit [name=door]", "2-301")
        page.click("#visit button.primary")
        page.wait_for_selector("#figures tbody tr:first-child:has-text('1 / ')")
        page.fill("#note [name=note]", "电话 138 0000 0000")
        page.click("#note button.primary")
        page.wait_for_selector("#note .said")
        page.fill("#note [name=note]", "楼道堆物")
        page.click("#note button.primary")
        page.wait_for_selector("#problems")
        page.click("#problems button")
        page.wait_for_selector("#problems", state="detached")
        assert "1 / 1" in page.locator("#figures tbody tr").first.inner_text()
        until(page, "document.documentElement.scrollWidth <= innerWidth")


def test_a_department_is_shown_its_own_numbers(chromium: Any, server: str, worked: Engine) -> None:
    with worked.connect() as connection:
        unit = connection.execute(text("SELECT code, name FROM department ORDER BY code LIMIT 1")).one()
    account = add_account(worked, "department_inbox", department=unit.code)
    with worked.connect() as connection:
        name = connection.execute(
            text("SELECT username FROM account WHERE id = :id"), {"id": account}
        ).scalar_one()
    with opened(chromium, viewport=PHONE) as (page, _):
        enter(page, server, worked, name, "/kpi")
        page.wait_for_selector("#answer h2")
        assert page.inner_text("#answer h2").startswith(unit.name)
        assert page.locator("#department option").first.get_attribute("value") == unit.code
        assert page.locator("#stage option").count() == 2, "signing and handling"
        assert page.locator("#rates, #places, #workload, #whistles").count() == 0
        until(page, "document.documentElement.scrollWidth <= innerWidth")
