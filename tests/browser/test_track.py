"""The tracking page: what was promised, what was done in plain words without names, a rating once, an objection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
from sqlalchemy import Engine, text

from tests.browser.people import MATTER, event_of, reported, step

Ready = Callable[[Any], None]


def test_the_promise_counts_down_in_words(visitor: Any, server: str, api: httpx2.Client) -> None:
    receipt = reported(api)
    step(api, str(receipt["event"]), "accept")
    visitor.goto(f"{server}/track/{receipt['tracking_code']}")
    visitor.wait_for_selector("#now")
    told = visitor.inner_text("#state")
    assert "承诺办结" in told
    assert "剩余" in told
    assert visitor.locator(".steps li").all_inner_texts()[1].startswith("已受理")
    assert not visitor.is_visible("#say")


def test_no_name_and_no_word_of_staff_is_told(visitor: Any, server: str, api: httpx2.Client) -> None:
    receipt = reported(api)
    told = step(api, str(receipt["event"]), "accept", text="内部说明不外传")
    assert told
    visitor.goto(f"{server}/track/{receipt['tracking_code']}")
    visitor.wait_for_selector("#now")
    whole = visitor.inner_text("body")
    assert "内部说明" not in whole
    actor = event_of(api, str(receipt["event"]))["log"][1]["actor"]
    assert actor not in whole


def test_a_refused_matter_is_objected_to_and_begins_anew(
    visitor: Any, server: str, api: httpx2.Client
) -> None:
    receipt = reported(api)
    event = str(receipt["event"])
    step(api, event, "reject", reason="不属于受理范围", data={"reply": "请拨打供电热线"})
    visitor.goto(f"{server}/track/{receipt['tracking_code']}")
    visitor.wait_for_selector("#now")
    assert "请拨打供电热线" in visitor.inner_text("#reply")
    assert "不属于受理范围" not in visitor.inner_text("body")
    assert not visitor.is_visible("#loading")
    visitor.click("#say summary")
    visitor.click("#objection button[type=submit]")
    visitor.wait_for_selector("#said-reason")
    visitor.fill("#objection [name=reason]", "问题还在，请重新处理")
    visitor.click("#objection button[type=submit]")
    visitor.wait_for_selector(".steps li[data-action=object]")
    assert visitor.is_visible("#said")
    assert "已收到异议" in visitor.inner_text(".steps")
    assert "第 2 轮" in visitor.inner_text("#state")
    assert event_of(api, event)["round"] == 2
    assert "请拨打供电热线" in visitor.inner_text("#earlier .reply"), "what was said of the first round stays"


def test_whoever_reported_what_was_merged_is_told_so_and_objects(
    visitor: Any, server: str, api: httpx2.Client
) -> None:
    main, own = (reported(api, category=one) for one in (MATTER, "gbt47678.5-2026:matter:06006"))
    too = api.post(f"/api/v1/events/{own['event']}/me-too", json={}).json()["tracking_code"]
    step(api, str(own["event"]), "merge", data={"into": str(main["event"])})
    step(api, str(main["event"]), "reject", reason="不属于受理范围", data={"reply": "请拨打供电热线"})
    visitor.goto(f"{server}/track/{too}")
    visitor.wait_for_selector("#whose")
    assert "附议" in visitor.inner_text("#whose")
    assert not visitor.is_visible("#say")
    visitor.goto(f"{server}/track/{own['tracking_code']}")
    visitor.wait_for_selector("#whose")
    for number in (own["event_number"], main["event_number"]):
        assert number in visitor.inner_text("#whose")
    assert "请拨打供电热线" in visitor.inner_text("#reply")
    assert visitor.locator("#rating").count() == 0
    visitor.click("#say summary")
    visitor.fill("#objection [name=reason]", "问题还在，请重新处理")
    visitor.click("#objection button[type=submit]")
    visitor.wait_for_selector(".steps li[data-action=object]")
    assert event_of(api, str(main["event"]))["round"] == 2


def test_a_rating_is_given_once(visitor: Any, server: str, api: httpx2.Client, owner: Engine) -> None:
    with owner.connect() as connection:
        code = connection.scalar(
            text("""
            SELECT e.tracking_code FROM event AS e JOIN event_round AS n ON n.event_id = e.id AND n.round = e.round
            LEFT JOIN event_rating AS g ON g.event_id = e.id AND g.round = e.round
            WHERE e.status = 'closed' AND n.rate_until > now() AND g.score IS NULL LIMIT 1
            """)
        )
    if code is None:
        code = closed_now(api)
    visitor.goto(f"{server}/track/{code}")
    visitor.click("#rating button[type=submit]")
    visitor.wait_for_selector("#rating .problem:not([hidden])")
    visitor.check("#rating [name=score][value='5']", force=True)
    visitor.select_option("#rating [name=solved]", "yes")
    visitor.fill("#rating [name=text]", "很快")
    visitor.click("#rating button[type=submit]")
    visitor.wait_for_selector("#rated")
    assert "很满意" in visitor.inner_text("#rated")
    assert visitor.locator("#rating").count() == 0


def closed_now(api: httpx2.Client) -> str:
    """A matter closed by a step of its own: forced, with a reason."""
    receipt = reported(api)
    event = str(receipt["event"])
    step(api, event, "accept")
    step(api, event, "file")
    if event_of(api, event)["status"] == "filed":
        unit = api.get("/api/v1/departments").json()[0]["code"]
        step(api, event, "dispatch", data={"department": unit})
    step(api, event, "force_close", reason="已由上级处理完毕")
    return str(receipt["tracking_code"])
