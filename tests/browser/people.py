"""People and events for the pages of the event side: who works in a department, a matter reported in the town."""

from __future__ import annotations

from typing import Any

import httpx2
from sqlalchemy import Engine, text

from tests.browser.conftest import HERE, password_hash
from tests.clients import add_account
from tests.events.reports import uuid7
from tests.events.workflow.helpers import department as known_as

MATTER = "gbt47678.5-2026:matter:06010"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "18dd8db00000000049454e44ae426082"
)


def worker(owner: Engine, role: str, department: str) -> str:
    """The user name of somebody new who holds a role in a department."""
    known_as(owner, department)
    account = add_account(owner, role, department=department)
    with owner.begin() as connection:
        return str(
            connection.execute(
                text(
                    "UPDATE account SET password_hash = :hash, password_changed_at = now() WHERE id = :id RETURNING username"
                ),
                {"hash": password_hash(), "id": account},
            ).scalar_one()
        )


def reported(api: httpx2.Client, words: str = "垃圾堆放在楼道口", **changes: Any) -> dict[str, Any]:
    """A matter reported where the phones of the tests stand; its receipt."""
    body = {
        "id": uuid7(),
        "category": MATTER,
        "text": words,
        "geometry": {"type": "Point", "coordinates": [HERE["longitude"], HERE["latitude"]]},
        "coord_sys": "wgs84",
        "accuracy_m": 5.0,
    } | changes
    answer = api.post("/api/v1/reports", json=body)
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def event_of(api: httpx2.Client, event: str) -> dict[str, Any]:
    """The event as whoever sees everything reads it."""
    found: dict[str, Any] = api.get(f"/api/v1/events/{event}").json()
    return found


def step(api: httpx2.Client, event: str, name: str, **members: Any) -> dict[str, Any]:
    """Take a step over HTTP on the event as it stands."""
    body = {"id": uuid7(), "command": name, "base_version": event_of(api, event)["version"]} | members
    answer = api.post(f"/api/v1/events/{event}/commands", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def tab_to(page: Any, selector: str, most: int = 150) -> None:
    """Walk by the tabulator until something that fits has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"{selector} is not reached by keyboard")
