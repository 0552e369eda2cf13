"""Messages leave with their transaction, reach every subscriber, and survive a worker that dies."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import text

from gis.accounts.secret import seal
from gis.db.engine import unit_of_work
from gis.jobs import outbox
from gis.jobs.channels import PURPOSE, NotTaken, Parcel, is_allowed, send
from gis.jobs.delivery import WAITS_S, deliver, spread, sweep
from gis.jobs.signing import is_fresh, is_signed, signature
from gis.settings import Settings

from .conftest import Office

pytestmark = pytest.mark.db
SUBSCRIBE = text("""
INSERT INTO subscriber (channel, name, address, secret_sealed, topics, area_id, created_at)
SELECT 'webhook', 'test', :address, :secret, :topics, id, now() - interval '1 hour'
FROM area ORDER BY cardinality(path) LIMIT 1 RETURNING id
""")


@pytest.fixture
def post(office: Office) -> Iterator[Office]:
    """The office with an empty outbox."""
    yield office
    with office.owner.begin() as connection:
        for table in ("delivery", "notice", "outbox", "subscriber"):
            connection.execute(text(f"DELETE FROM {table}"))


def one(office: Office, sql: str) -> Any:
    with office.owner.connect() as connection:
        return connection.scalar(text(sql))


def tell(office: Office, topic: str = "event.filed", accounts: tuple[int, ...] = ()) -> int:
    top = one(office, "SELECT id FROM area ORDER BY cardinality(path) LIMIT 1")
    with unit_of_work(office.of(office.anna)) as session:
        return outbox.put(session, topic, {"number": "1"}, area_id=top, accounts=accounts)


def subscribe(
    office: Office, *topics: str, address: str = "https://a.example/x", secret: bytes = b"s"
) -> int:
    with office.owner.begin() as connection:
        values = {"address": address, "topics": list(topics), "secret": secret}
        return int(connection.execute(SUBSCRIBE, values).scalar_one())


def test_a_message_leaves_with_its_transaction_only(post: Office) -> None:
    with unit_of_work(post.of(post.anna)) as session:
        outbox.put(session, "event.filed", {}, accounts=[post.boris.account_id or 0])
        session.rollback()
    assert one(post, "SELECT count(*) FROM outbox") == 0
    tell(post, accounts=(post.boris.account_id or 0, post.boris.account_id or 0))
    assert one(post, "SELECT count(*) FROM notice") == 1, "once an account"


def test_only_ones_own_notices_are_read(post: Office) -> None:
    tell(post, accounts=(post.boris.account_id or 0,))
    read = text("SELECT topic, payload FROM my_notices(NULL, true, 50)")
    with unit_of_work(post.of(post.boris)) as session:
        assert session.execute(read).all() == [("event.filed", {"number": "1"})]
        assert session.execute(text("UPDATE notice SET read_at = now()")).rowcount == 1  # type: ignore[attr-defined]
    with unit_of_work(post.of(post.anna)) as session:
        assert session.execute(read).all() == []
        assert session.execute(text("SELECT count(*) FROM notice")).scalar() == 0


def test_subscribers_get_their_topics_once(post: Office) -> None:
    subscribe(post, "event.filed")
    subscribe(post, "event")
    subscribe(post, "*")
    subscribe(post, "whistle")
    tell(post)
    tell(post, "whistle.blown")
    spread(post.owner)
    spread(post.owner)
    sent: list[Parcel] = []
    assert not deliver(post.owner, sent.append)
    assert not deliver(post.owner, sent.append)
    assert sorted(parcel.topic for parcel in sent) == ["event.filed"] * 3 + ["whistle.blown"] * 2
    assert len({parcel.id for parcel in sent}) == 5


def test_what_is_not_taken_is_sent_again_and_ends_as_dead(post: Office) -> None:
    subscribe(post, "*")
    tell(post)
    spread(post.owner)
    seen = []

    def refuse(parcel: Parcel) -> None:
        seen.append(parcel.id)
        raise NotTaken("status_500")

    for _ in range(len(WAITS_S) + 3):
        deliver(post.owner, refuse)
        with post.owner.begin() as connection:
            connection.execute(text("UPDATE delivery SET next_at = now() - interval '1 second'"))
    assert len(seen) == len(WAITS_S) + 1
    assert len(set(seen)) == 1, "the receiver can tell that it is the same"
    assert one(post, "SELECT last_error FROM delivery WHERE dead_at IS NOT NULL") == "status_500"


def test_a_worker_that_dies_while_it_sends_loses_nothing(post: Office) -> None:
    subscribe(post, "*")
    tell(post)
    spread(post.owner)

    def die(parcel: Parcel) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(post.owner, die)
    sent: list[Parcel] = []
    deliver(post.owner, sent.append)
    assert sent == [], "somebody may still be at it"
    with post.owner.begin() as connection:
        connection.execute(text("UPDATE delivery SET next_at = now()"))
    deliver(post.owner, sent.append)
    assert [parcel.attempts for parcel in sent] == [2]


def test_two_workers_at_once_share_the_work(post: Office) -> None:
    subscribe(post, "*")
    for _ in range(30):
        tell(post)
    sent: list[Any] = []

    def work() -> None:
        while spread(post.owner):
            pass
        for _ in range(20):
            deliver(post.owner, lambda parcel: sent.append(parcel.id))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == len(set(sent)) == 30


def test_old_messages_are_forgotten_but_not_those_on_their_way(post: Office) -> None:
    tell(post)
    spread(post.owner)
    subscribe(post, "*")
    tell(post)
    spread(post.owner)
    with post.owner.begin() as connection:
        connection.execute(text("UPDATE outbox SET at = at - interval '100 days'"))
    sweep(post.owner)
    assert one(post, "SELECT count(*) FROM outbox") == 1


def test_a_webhook_is_signed_and_goes_to_allowed_hosts_only(post: Office) -> None:
    heard: list[tuple[dict[str, str], bytes]] = []

    class Hears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((dict(self.headers), body))
            self.send_response(302 if self.path == "/away" else 204)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hears)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_port}"
    settings = Settings(webhook_hosts="127.0.0.1")
    try:
        subscribe(post, "*", address=f"{base}/here", secret=seal(settings, PURPOSE, b"secret"))
        tell(post)
        spread(post.owner)
        deliver(post.owner, lambda parcel: send(settings, parcel))
        headers, body = heard[0]
        timestamp = int(headers["Wangge-Timestamp"])
        assert is_signed(b"secret", timestamp, body, headers["Wangge-Signature"])
        assert not is_signed(b"secret", timestamp, body + b" ", headers["Wangge-Signature"])
        assert is_fresh(timestamp, time.time())
        assert not is_fresh(timestamp, timestamp + 400)
        assert json.loads(body)["delivery"] == headers["Wangge-Delivery"]
        assert one(post, "SELECT count(*) FROM delivery WHERE done_at IS NOT NULL") == 1
        subscribe(post, "*", address=f"{base}/away", secret=seal(settings, PURPOSE, b"secret"))
        tell(post)
        spread(post.owner)
        deliver(post.owner, lambda parcel: send(settings, parcel))
        assert one(post, "SELECT last_error FROM delivery WHERE done_at IS NULL") == "status_302"
        assert len(heard) == 3, "no redirect is followed"
        with pytest.raises(NotTaken, match="host_not_allowed"):
            send(Settings(), parcel_to(f"{base}/here"))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def parcel_to(address: str) -> Parcel:
    import uuid
    from datetime import UTC, datetime

    return Parcel(uuid.uuid4(), 1, "webhook", address, b"x", 1, "event.filed", None, {}, datetime.now(UTC))


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://a.example/x", True),
        ("https://A.example:8443/x", True),
        ("https://b.example/x", False),
        ("https://a.example@b.example/x", False),
        ("https://u:p@a.example/x", False),
        ("file:///etc/passwd", False),
    ],
)
def test_which_addresses_may_be_called(address: str, allowed: bool) -> None:
    assert is_allowed(Settings(webhook_hosts="a.example, c.example"), address) is allowed


def test_the_signature_is_pinned() -> None:
    assert signature(b"key", 1700000000, b"{}") == (
        "v1=9d713ed406bb7076d4123f0dc2c39d2df5c654ed4b0cd56b52c8b4c940bd63ae"
    )
