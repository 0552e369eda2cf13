"""Writers that keep an account of every answer, and the comparison with what is stored after a crash."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
from sqlalchemy import Engine, text

from tests.events.reports import report

WRITERS = 8


@dataclass
class Account:
    """Reports by their id: those answered with 2xx, those sent without such an answer, and the statuses seen."""

    acknowledged: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    statuses: dict[int, int] = field(default_factory=dict)
    refused_without_retry_after: int = 0

    def add(self, identifier: str, answer: httpx2.Response | None) -> None:
        """Book one answer, or that none came."""
        if answer is not None and answer.is_success:
            self.acknowledged.add(identifier)
            self.unanswered.discard(identifier)
        else:
            self.unanswered.add(identifier)
        if answer is not None:
            self.statuses[answer.status_code] = self.statuses.get(answer.status_code, 0) + 1
            if answer.status_code == 503 and "retry-after" not in answer.headers:
                self.refused_without_retry_after += 1


def send(client: httpx2.Client, port: int, identifier: str | None, account: Account) -> None:
    """Send one report, a new one or one already sent, and book the answer."""
    body = report(**({"id": identifier} if identifier else {}))
    try:
        answer = client.post(f"http://127.0.0.1:{port}/api/v1/reports", json=body)
    except httpx2.TransportError:
        answer = None
    account.add(body["id"], answer)


@contextmanager
def load(port: int, account: Account) -> Iterator[None]:
    """Eight writers, each sending the next report as soon as it has an answer."""
    over = threading.Event()
    lock = threading.Lock()

    def write() -> None:
        with httpx2.Client(timeout=10, limits=httpx2.Limits(max_keepalive_connections=0)) as client:
            while not over.is_set():
                mine = Account()
                send(client, port, None, mine)
                with lock:
                    merge(account, mine)

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def merge(into: Account, part: Account) -> None:
    """Add the bookings of `part`."""
    into.acknowledged |= part.acknowledged
    into.unanswered |= part.unanswered
    into.refused_without_retry_after += part.refused_without_retry_after
    for status, count in part.statuses.items():
        into.statuses[status] = into.statuses.get(status, 0) + count


def lost(engine: Engine, account: Account) -> set[str]:
    """Acknowledged reports that are not stored."""
    with engine.connect() as connection:
        stored = {str(found) for found in connection.scalars(text("SELECT id FROM report"))}
    return account.acknowledged - stored


def torn(engine: Engine) -> list[object]:
    """Reports without their event, events without exactly one opening report and one first log row."""
    query = text("""
        SELECT r.id FROM report AS r LEFT JOIN event AS e ON e.id = r.event_id WHERE e.id IS NULL
        UNION ALL
        SELECT e.id FROM event AS e
        WHERE (SELECT count(*) FROM report AS r WHERE r.event_id = e.id) <> 1
           OR (SELECT count(*) FROM event_log AS l WHERE l.event_id = e.id) <> 1
    """)
    with engine.connect() as connection:
        return list(connection.scalars(query))
