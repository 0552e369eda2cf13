"""Text of strangers stays text, and a whole year of events does not drown the page."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import create_engine, text

from tests.browser.conftest import DESK, opened, until

Ready = Callable[[Any], None]
ATTACKS = [
    "<img src=x onerror=window.__xss=1>",
    "${window.__xss=2}",
    "</script><script>window.__xss=3</script>",
    "`+(window.__xss=4)+`",
    "\"'><svg onload=window.__xss=5>",
    "javascript:window.__xss=6",
    "{{constructor.constructor('window.__xss=7')()}}",
    "<a href=javascript:window.__xss=8>x</a>",
]
HITS = "() => [window.__xss, document.querySelectorAll('[onerror],[onload],a[href^=\"javascript:\"]').length]"


def new_id() -> str:
    raw = bytearray(uuid.uuid4().bytes)
    raw[:6] = (1_763_779_000_000).to_bytes(6, "big")
    raw[6] = 0x70 | raw[6] & 15
    return str(uuid.UUID(bytes=bytes(raw)))


@pytest.fixture(scope="module")
def planted(api: httpx2.Client, town_url: str) -> Iterator[list[dict[str, Any]]]:
    """Reports whose every text is an attack, and names of areas, posts and stations likewise."""
    receipts = []
    for attack in ATTACKS:
        body = {
            "id": new_id(), "category": "gov-s:request:S0202", "text": attack,
            "geometry": {"type": "Point", "coordinates": [126.6208, 45.7608]}, "coord_sys": "wgs84",
            "address": {"text": attack}, "contact": {"name": attack[:60]}, "reported_at": "2024-11-22T10:00:00+08:00",
        }  # fmt: skip
        answer = api.post("/api/v1/reports", json=body)
        assert answer.status_code == 201, answer.text
        receipts.append(answer.json())
    engine = create_engine(town_url)
    saved = {}
    with engine.begin() as connection:
        for table, column in (
            ("area", "name"),
            ("area_post", "post"),
            ("station", "name"),
            ("compound", "name"),
            ("street", "name"),
        ):
            saved[table, column] = connection.execute(text(f"SELECT id, {column} FROM wangge.{table}")).all()
            connection.execute(
                text(f"UPDATE wangge.{table} SET {column} = :x"), {"x": ATTACKS[0] + ATTACKS[2]}
            )
    yield receipts
    with engine.begin() as connection:
        for (table, column), rows in saved.items():
            for row in rows:
                connection.execute(
                    text(f"UPDATE wangge.{table} SET {column} = :x WHERE id = :id"),
                    {"x": row[1], "id": row[0]},
                )
    engine.dispose()


def test_attacks_are_inert_everywhere(
    desk: Any, server: str, planted: list[dict[str, Any]], ready: Ready
) -> None:
    desk.goto(f"{server}/map#at=18/45.7608/126.6208")
    ready(desk)
    desk.wait_for_selector("#events button")
    for receipt in planted:
        desk.locator(f"#events button[data-id='{receipt['event']}']").click()
        until(desk, f"document.getElementById('panel').textContent.includes('{receipt['event_number']}')")
    seen = desk.inner_text("#event-text")
    assert seen in ATTACKS
    desk.locator("path.leaflet-interactive").first.dispatch_event("click")
    desk.wait_for_selector("#panel [data-role=grid_lead]")
    assert "<img" in desk.inner_text("#panel")
    assert desk.evaluate(HITS) == [None, 0]
    for path in ("/", "/planner", "/report", f"/track/{planted[0]['tracking_code']}"):
        desk.goto(f"{server}{path}")
        desk.wait_for_load_state("networkidle")
        assert desk.evaluate(HITS) == [None, 0], path


def test_control_sees_an_attack_that_works(chromium: Any, server: str) -> None:
    """Without the policy the same string written as markup does run: the check can fail."""
    with opened(chromium, viewport=DESK, bypass_csp=True) as (page, watch):
        watch.forgiven = ("404", "Failed to load")
        page.goto(f"{server}/")
        page.evaluate("(markup) => { document.getElementById('main').innerHTML = markup; }", ATTACKS[0])
        until(page, "window.__xss === 1")


def test_policy_blocks_a_handler(chromium: Any, server: str) -> None:
    with opened(chromium, viewport=DESK) as (page, watch):
        watch.forgiven = ("Content Security Policy", "Failed to load", "404")
        page.goto(f"{server}/")
        page.evaluate("(markup) => { document.getElementById('main').innerHTML = markup; }", ATTACKS[0])
        page.wait_for_timeout(500)
        assert page.evaluate("window.__xss ?? null") is None


MANY = 34_000


def feature(at: int) -> dict[str, Any]:
    """One of many: spread over the town, all open."""
    return {
        "type": "Feature", "id": f"0194fdc2-fa2f-7cc0-81d3-{at:012x}",
        "geometry": {"type": "Point", "coordinates": [126.611 + (at % 200) * 1e-4, 45.753 + (at // 200) * 8e-5]},
        "properties": {"number": f"230199-261122-{at:06}", "status": "reported", "urgency": "normal", "open": True,
                       "category": "gov-s:request:S0202", "category_zh": "飞线充电", "category_en": None,
                       "grid": None, "opened_at": "2026-11-22T02:00:00Z"},
    }  # fmt: skip


def test_a_year_of_events_stays_light(desk: Any, server: str, ready: Ready) -> None:
    """34,000 events: the page asks page by page, stops at what it can carry, and keeps few elements."""
    from urllib.parse import parse_qs, urlparse

    asked: list[int] = []

    def summary(route: Any) -> None:
        whole = route.fetch().json()
        route.fulfill(json=whole | {"total": MANY, "open": MANY})

    def pages(route: Any) -> None:
        query = parse_qs(urlparse(route.request.url).query)
        start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        asked.append(limit)
        stop = min(MANY, start + limit)
        following = str(stop) if stop < MANY else None
        route.fulfill(
            json={
                "type": "FeatureCollection",
                "features": [feature(n) for n in range(start, stop)],
                "next": following,
            }
        )

    desk.route("**/api/v1/events/summary*", summary)
    desk.route("**/api/v1/events.geojson*", pages)
    desk.goto(f"{server}/map")
    ready(desk)
    assert "34,000" in desk.inner_text("#total")
    assert max(asked) <= 2000
    assert sum(asked) <= 8000
    assert desk.is_visible("#notice")
    assert desk.evaluate("document.getElementsByTagName('*').length") < 6000
    assert desk.locator(".mark-icon, .cluster").count() < 600
    desk.locator("#events button").first.click(trial=True)
