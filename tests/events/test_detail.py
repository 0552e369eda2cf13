"""What the detail of an event tells of its reports, who sees a photo, and what a reporter finds again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from gis.base.errors import NotFound
from gis.db.cluster import Cluster
from gis.db.scope import Scope, scoped
from gis.events.filters import EventFilter
from gis.events.photos import path_of, read_photo
from gis.events.reading import list_events, list_my_reports, read_event, read_receipt, track
from gis.events.service import file_report
from gis.events.validate import validate_report
from tests.database import api_engine
from tests.district import district_engine
from tests.events.reports import report

pytestmark = pytest.mark.db
ANYBODY = Scope("anonymous")
CONTACT = {"name": "张某某", "phone": "000-12345678"}
READ, MASKED, REVEAL, CONFIDENTIAL = (
    "events.read",
    "contacts.masked",
    "contacts.reveal",
    "events.confidential",
)


@pytest.fixture(scope="module")
def owner(cluster: Cluster) -> Iterator[Engine]:
    with district_engine(cluster) as engine:
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO account (username, display_name, home_area_id)"
                    " SELECT name, name, (SELECT id FROM area WHERE code = '230199')"
                    " FROM unnest(ARRAY['one', 'two']) AS name"
                )
            )
        yield engine


@pytest.fixture(scope="module")
def edge(owner: Engine) -> Iterator[Engine]:
    with api_engine(owner.url.render_as_string(hide_password=False)) as engine:
        yield engine


def filed(engine: Engine, scope: Scope = ANYBODY, **changes: Any) -> dict[str, Any]:
    new = validate_report(report(contact=CONTACT, **changes))
    receipt: dict[str, Any] = json.loads(file_report(scoped(engine, scope), new).body)
    return receipt


def ident(owner: Engine, table: str, column: str, value: str) -> int:
    with owner.connect() as connection:
        return int(
            connection.execute(text(f"SELECT id FROM {table} WHERE {column} = :v"), {"v": value}).scalar_one()
        )


def holder(owner: Engine, *permissions: str, code: str = "230199") -> Scope:
    """Somebody without reports of their own who holds these in one area."""
    area = ident(owner, "area", "code", code)
    held = dict.fromkeys(permissions, (area,))
    return Scope("two", account_id=ident(owner, "account", "username", "two"), areas=held)


def unhurried(told: str) -> dict[str, Any]:
    """The detail without what running clocks have used, which moves with each minute of work."""
    event: dict[str, Any] = json.loads(told)
    for clock in event["clocks"]:
        del clock["used"], clock["multiple"]
    return event


@pytest.mark.parametrize("confidential", [False, True])
@pytest.mark.parametrize(
    ("permissions", "shown", "reveal"),
    [
        ((READ,), "none", False),
        ((READ, MASKED), "open", False),
        ((READ, MASKED, REVEAL), "open", True),
        ((READ, MASKED, CONFIDENTIAL), "all", False),
        ((READ, MASKED, REVEAL, CONFIDENTIAL), "all", True),
        ((READ, REVEAL), "none", False),
    ],
)
def test_contacts_are_masked_and_those_of_confidential_reports_hidden(
    owner: Engine, edge: Engine, permissions: tuple[str, ...], shown: str, reveal: bool, confidential: bool
) -> None:
    receipt = filed(edge, confidential=confidential)
    told = read_event(scoped(edge, holder(owner, *permissions)), receipt["event"])
    alone = read_event(scoped(owner, holder(owner, *permissions)), receipt["event"])
    assert unhurried(told) == unhurried(alone), "the query alone"
    (fact,) = json.loads(told)["reports"]
    assert fact["id"] == receipt["id"]
    if shown == "all" or (shown == "open" and not confidential):
        assert fact["contact"] == {"name_masked": "张*", "phone_masked": "****5678", "may_reveal": reveal}
    else:
        assert fact["contact"] is None
    assert CONTACT["name"] not in told
    assert CONTACT["phone"] not in told


def test_the_page_of_an_event_begins_with_what_the_lists_tell(owner: Engine, edge: Engine) -> None:
    receipt = filed(edge)
    asks = scoped(edge, holder(owner, READ))
    whole = json.loads(read_event(asks, receipt["event"]))
    for by_due in (False, True):
        items = [json.loads(one) for one in list_events(asks, EventFilter(by_due=by_due), limit=1000).items]
        (item,) = (one for one in items if one["id"] == receipt["event"])
        assert list(item.items()) == list(whole.items())[: len(item)]
    assert list(item)[:3] == ["id", "number", "status"]


def test_a_permission_held_elsewhere_shows_no_contact(owner: Engine, edge: Engine) -> None:
    receipt = filed(edge, geometry={"type": "Point", "coordinates": [126.605, 45.76]})
    here, there = ident(owner, "area", "code", "230199001001"), ident(owner, "area", "code", "230199001002")
    scope = Scope("two", account_id=None, areas={READ: (here,), MASKED: (there,)})
    assert json.loads(read_event(scoped(edge, scope), receipt["event"]))["reports"][0]["contact"] is None
    outside = Scope("two", areas={READ: (there,), MASKED: (there,)})
    with pytest.raises(NotFound) as caught:
        read_event(scoped(edge, outside), receipt["event"])
    assert caught.value.code == "no_such_event"


def test_a_reporter_finds_their_own_reports_again(owner: Engine, edge: Engine) -> None:
    one = Scope("one", account_id=ident(owner, "account", "username", "one"))
    sent = [filed(edge, one, confidential=n == 1)["id"] for n in range(5)]
    filed(edge)
    first = list_my_reports(scoped(edge, one), limit=3)
    rest = list_my_reports(scoped(edge, one), limit=3, after=first.next)
    found = [json.loads(item) for item in (*first.items, *rest.items)]
    assert [item["id"] for item in found] == sent[::-1]
    assert rest.next is None
    assert all(item["text"] and item["status"] == "reported" for item in found)
    # The query alone, and somebody else.
    assert len(list_my_reports(scoped(owner, one), limit=50).items) == 5
    assert list_my_reports(scoped(edge, holder(owner, READ)), limit=50).items == []
    # One's own matters are seen in the list too, without the reporter's words where these are confidential.
    listed = [json.loads(item) for item in list_events(scoped(edge, one), EventFilter(), limit=50).items]
    assert len(listed) == 5
    assert sum(item["text"] is None for item in listed) == 1


def test_the_bearer_of_a_code_sees_that_report(edge: Engine) -> None:
    mine, other = filed(edge), filed(edge)
    nobody = scoped(edge, ANYBODY)
    assert json.loads(track(nobody, mine["tracking_code"]))["event_number"] == mine["event_number"]
    assert json.loads(read_receipt(nobody, mine["id"], mine["tracking_code"])) == mine
    for wrong in ((mine["id"], other["tracking_code"]), (other["id"], mine["tracking_code"])):
        with pytest.raises(NotFound):
            read_receipt(nobody, *wrong)


@pytest.mark.parametrize("confidential", [False, True])
def test_a_photo_is_shown_with_its_event(
    owner: Engine, edge: Engine, tmp_path: Path, confidential: bool
) -> None:
    name = ("b" if confidential else "a") * 64
    filed(edge, confidential=confidential, photos=[name])
    with owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO attachment (sha256, media_type, bytes, width, height) VALUES (:s, 'image/jpeg', 1, 1, 1)"
            ),
            {"s": name},
        )
        connection.execute(
            text("UPDATE report_photo SET attachment_sha256 = :s WHERE sha256 = :s"), {"s": name}
        )
    path = path_of(tmp_path, name)
    path.parent.mkdir()
    path.write_bytes(b"x")
    shown = {
        (READ,): not confidential, (READ, CONFIDENTIAL): True, (MASKED, CONFIDENTIAL): False, (): False,
    }  # fmt: skip
    for base in (owner, edge):  # the query alone, then both
        for permissions, expected in shown.items():
            engine = scoped(base, holder(owner, *permissions))
            if expected:
                assert read_photo(engine, tmp_path, name) == path
            else:
                with pytest.raises(NotFound):
                    read_photo(engine, tmp_path, name)
        with pytest.raises(NotFound):
            read_photo(
                scoped(base, holder(owner, READ, CONFIDENTIAL, code="230199001001001")), tmp_path, name
            )
