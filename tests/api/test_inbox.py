"""The inbox over HTTP: counts, lists of boxes, and what is no box."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from tests.events.workflow.helpers import crew, event_in

pytestmark = pytest.mark.db


@pytest.fixture(scope="module", autouse=True)
def events(district: Engine) -> list[str]:
    crew(district)
    return [str(event_in(district, status)) for status in ("reported", "filed", "dispatched")]


def test_counts_and_lists_agree(client: TestClient) -> None:
    told = client.get("/api/v1/inbox").json()
    assert told["boxes"]["accept"] == told["boxes"]["dispatch"] == 1
    for box, count in told["boxes"].items():
        listed = client.get("/api/v1/events", params={"box": box, "sort": "due"})
        assert len(listed.json()["items"]) == count, box
    elsewhere = client.get("/api/v1/inbox", params={"area": "230199001002"}).json()
    assert set(elsewhere["boxes"].values()) == {0}


def test_what_a_department_has(client: TestClient, events: list[str]) -> None:
    found = client.get("/api/v1/events", params={"department": "crew"}).json()["items"]
    assert [one["id"] for one in found] == [events[2]]
    assert (found[0]["department"]["code"], found[0]["version"]) == ("crew", 4)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"box": "x"}, "unknown_box"),
        ({"due": "never"}, "unknown_due"),
        ({"handler": "somebody"}, "unknown_handler"),
        ({"sort": "x"}, "unknown_sort"),
    ],
)
def test_what_is_no_box(client: TestClient, params: dict[str, str], code: str) -> None:
    told = client.get("/api/v1/events", params=params)
    assert (told.status_code, told.json()["code"]) == (422, code)


def test_a_page_by_due_is_not_gone_on_with_by_date(client: TestClient) -> None:
    cursor = client.get("/api/v1/events", params={"sort": "due", "limit": 1}).json()["next"]
    assert (
        client.get("/api/v1/events", params={"sort": "due", "limit": 1, "cursor": cursor}).status_code == 200
    )
    told = client.get("/api/v1/events", params={"limit": 1, "cursor": cursor})
    assert told.json()["code"] == "bad_cursor"
