"""The page of whistles: from blowing to the rating and its appeal; what no grid owns; whom an event is assigned to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, text

from tests.browser.conftest import DESK, GEO, PHONE, enter, opened, person, until
from tests.browser.people import PNG, event_of, reported, step, worker
from tests.browser.test_inbox import SMALL

# Not where other tests report: the nearest desk is told of a matter, and here it is one of these people.
PLACE = {"latitude": 45.760717, "longitude": 126.610443, "accuracy": 12}
FAR = PLACE | {"latitude": 45.77}
AT = {"type": "Point", "coordinates": [PLACE["longitude"], PLACE["latitude"]]}
UNIT = "water_works"


@pytest.fixture(scope="module")
def desks(chromium: Any, server: str, owner: Engine) -> Iterator[dict[str, Any]]:
    """Pages of a community, of the street above it and of a department, each logged in once."""
    people = {
        "community": (person(owner, "community_secretary", area="230199001001"), DESK),
        "street": (person(owner, "shift_lead", area="230199001"), DESK),
        "second": (person(owner, "shift_lead", area="230199001"), DESK),
        "unit": (worker(owner, "department_handler", UNIT), PHONE),
    }
    with ExitStack() as pages:
        made: dict[str, Any] = {}
        for name, (username, viewport) in people.items():
            given = {"geolocation": FAR, "permissions": GEO["permissions"]}
            page, watch = pages.enter_context(opened(chromium, viewport=viewport, **given))
            watch.forgiven = ("422", "401")
            enter(page, server, owner, username, "/whistles")
            made[name] = page
        yield made


def ready(page: Any) -> None:
    page.wait_for_selector("body[data-ready]", state="attached")


def take(page: Any, command: str, **typed: str) -> None:
    """Open a step of the department, fill it in, send it."""
    page.click(f"[id='do-{command}-{UNIT}']")
    for name, value in typed.items():
        element = page.locator(f"#act [name={name}]")
        if element.evaluate("(one) => one.tagName") == "SELECT":
            element.select_option(value)
        else:
            element.fill(value)
    page.click("#act button[type=submit]")


def stands(page: Any, status: str) -> None:
    page.wait_for_selector(f"[id='of-{UNIT}'] .line [data-status={status}]")


def blown(community: Any, server: str, event: str) -> str:
    """Blow a whistle from the page of an event; the path of its own page."""
    community.goto(f"{server}/events/{event}")
    ready(community)
    community.click("#do-whistle")
    community.fill("#act [name=reason]", "楼前主管道漏水，社区无力处置")
    community.check(f"#act [name=departments][value={UNIT}]")
    community.click("#act button[type=submit]")
    community.wait_for_selector("#related a[href^='/whistles/']")
    path = str(community.get_attribute("#related a[href^='/whistles/']", "href"))
    community.goto(f"{server}{path}")
    ready(community)
    assert community.locator("#do-approve").count() == 0, "nobody approves what they blew"
    return path


def approved(street: Any, server: str, path: str) -> None:
    """From the inbox of the level above."""
    street.goto(f"{server}/inbox")
    ready(street)
    assert int(street.inner_text("#box-whistles-approve b")) >= 1
    street.click("#box-whistles-approve")
    street.click(f"#rows a[href='{path}']")
    street.click("#do-approve")
    street.click("#act button[type=submit]")
    street.wait_for_selector("#status[data-status=approved]")


def answered(unit: Any, server: str, path: str) -> None:
    """A department accepts, is too far away, then there, and reports with a photo: on a phone."""
    unit.goto(f"{server}/whistles#answer")
    ready(unit)
    unit.click(f"#rows a[href='{path}']")
    take(unit, "accept")
    stands(unit, "accepted")
    take(unit, "arrive")
    unit.wait_for_selector("#act .problem:has-text('您离地点约')")
    assert unit.is_hidden("#said"), "the green line of the step before is gone"
    until(unit, "document.activeElement.type === 'submit'")
    unit.context.set_geolocation(PLACE)
    unit.click("#act button[type=submit]")
    stands(unit, "arrived")
    take(unit, "resolve", outcome="solved")
    unit.wait_for_selector("#act .problem:has-text('至少要有一样')")
    unit.set_input_files("#act [type=file]", {"name": "p.png", "mimeType": "image/png", "buffer": PNG})
    unit.wait_for_selector("#act .shots img")
    unit.click("#act button[type=submit]")
    stands(unit, "resolved")
    unit.wait_for_selector("#answers .shots img")
    assert unit.evaluate("document.documentElement.scrollWidth") <= 390
    assert unit.evaluate(SMALL) == []


def test_a_whistle_is_walked_from_blowing_to_its_rating_and_the_appeal(
    desks: dict[str, Any], server: str, api: httpx2.Client
) -> None:
    event = str(reported(api, "主管道漏水", category="gov-s:request:S0202", geometry=AT)["event"])
    community, street, unit, second = (desks[name] for name in ("community", "street", "unit", "second"))
    path = blown(community, server, event)
    approved(street, server, path)
    answered(unit, server, path)
    community.reload()
    ready(community)
    take(community, "rate", timeliness="4", effort="5", result="2", solved="partly", text="仍有渗水")
    community.wait_for_selector("#status[data-status=closed]")
    unit.reload()
    ready(unit)
    take(unit, "appeal", reason="当日停水抢修，效果待观察")
    unit.wait_for_selector(f"[id='of-{UNIT}'] em:text-is('申诉中')")
    street.reload()
    ready(street)
    assert street.locator(f"[id='do-grant_appeal-{UNIT}']").count() == 0, "who approved does not decide"
    second.goto(f"{server}/whistles#appeal")
    ready(second)
    second.click(f"#rows a[href='{path}']")
    take(second, "grant_appeal", reason="情况属实")
    second.wait_for_selector(f"[id='of-{UNIT}'] em:text-is('申诉成立')")
    assert second.inner_text("#log li:first-child strong") == "评哨申诉成立"
    assert "系统" in second.inner_text("#log li[data-command=complete]"), "it is the system that completes"
    second.goto(f"{server}/whistles#scores")
    second.wait_for_selector("#scores tbody tr")
    assert "申诉成立 1" in second.inner_text("#scores tbody")
    second.select_option("#scores-form [name=by]", "months")
    second.wait_for_selector(".scores[data-department] tbody tr:last-child:has-text('申诉成立 1')")
    with second.expect_download() as download:
        second.click("#scores-answer a[href*=csv]")
    assert "申诉成立" in download.value.path().read_text(encoding="utf-8-sig").splitlines()[0]


def test_a_whistle_is_blown_on_a_place(desks: dict[str, Any], server: str) -> None:
    page = desks["community"]
    page.goto(f"{server}/whistles")
    ready(page)
    page.click("#blow > summary")
    page.wait_for_selector("#blow-form [name=departments]")
    assert page.locator("#map .pin").count() == 0, "no pin before one is placed"
    assert page.locator("#map path.leaflet-interactive, #map svg path").count() > 0, (
        "one's own area is outlined"
    )
    page.fill("#blow-form [name=reason]", "围墙倾斜")
    page.check(f"#blow-form [name=departments][value={UNIT}]")
    page.click("#blow-form button[type=submit]")
    page.wait_for_selector("#blow-form .problem:has-text('先在地图上')")
    page.click("#pin")
    page.wait_for_selector("#found:has-text('图钉在')")
    for _ in range(3):
        page.click("#map .leaflet-control-zoom-out")
        page.wait_for_timeout(300)
    page.locator("#map").click(position={"x": 12, "y": 200})
    page.wait_for_selector("#found.warn")
    page.click("#blow-form button[type=submit]")
    page.wait_for_selector("#blow-form .problem:visible")
    page.context.clear_cookies()
    page.click("#box-mine")  # asks; the session is over, and what is typed keeps the page
    page.wait_for_selector("#problem a[href^='/login?next=']")
    assert page.input_value("#blow-form [name=reason]") == "围墙倾斜"
    assert page.url.endswith("/whistles#mine")


def test_what_no_grid_owns_is_placed(desk: Any, server: str, owner: Engine, api: httpx2.Client) -> None:
    desk.goto(f"{server}/unplaced")
    ready(desk)
    assert "现在没有未落格的事件" in desk.inner_text("#empty")
    event = str(reported(api, "江边垃圾")["event"])
    with owner.begin() as connection:
        connection.execute(
            text(
                "UPDATE event SET grid_id = NULL, grid_method = 'none', border_distance_m = NULL, scope_area_id ="
                " (SELECT a.parent_id FROM area AS a WHERE a.id = event.scope_area_id) WHERE id = :id"
            ),
            {"id": event},
        )
    desk.goto(f"{server}/inbox")
    ready(desk)
    assert desk.inner_text("#box-unplaced b") == "1"
    desk.click("#box-unplaced")
    desk.wait_for_selector("#place-form button[type=submit]")
    desk.click("#place-form button[type=submit]")
    desk.wait_for_selector("#said-reason")
    desk.focus("#map .pin")
    desk.keyboard.press("ArrowUp")
    desk.wait_for_selector("#found:has-text('图钉在')")
    assert desk.is_checked("#place-form [value=pin]")
    desk.check("#place-form [name=grid] >> nth=0")
    desk.fill("#place-form [name=reason]", "江边归本网格")
    desk.click("#place-form button[type=submit]")
    desk.wait_for_selector("#said:has-text('已归入')")
    desk.wait_for_selector("#empty")
    assert event_of(api, event)["grid"] is not None


def test_a_handler_is_chosen_from_the_department(
    chromium: Any, server: str, owner: Engine, api: httpx2.Client
) -> None:
    event = str(reported(api, "井盖松动")["event"])
    lead, colleague = worker(owner, "department_inbox", UNIT), worker(owner, "department_handler", UNIT)
    step(api, event, "accept")
    step(api, event, "file")
    step(api, event, "dispatch", data={"department": UNIT})
    with opened(chromium, viewport=DESK) as (page, _):
        enter(page, server, owner, lead, f"/events/{event}")
        page.click("#do-sign")
        page.wait_for_selector("#act button[type=submit]")
        page.click("#act button[type=submit]")
        page.click("#do-assign")
        page.select_option("#act select[name=handler]", colleague)
        page.click("#act button[type=submit]")
        page.wait_for_selector("#about :text-is('已指派')")
    assert event_of(api, event)["handler"]["assigned"]
