"""Whether a history is lawful, judged in Python from the template's rows alone: not by the database's own rules."""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from gis.events.canonical import log_hash, log_row

ANSWERS = {
    "request_extension": {"grant_extension", "deny_extension"},
    "request_suspension": {"suspend", "deny_suspension"},
    "appeal": {"grant_appeal", "deny_appeal"},
}
QUIET = {"note", "urge", "supervise"}
FINISHED = {"closed", "rejected", "cancelled", "merged"}


def faults(connection: Connection, event: uuid.UUID) -> list[str]:
    """Everything that is wrong with the history of an event; empty for a lawful one."""
    found = connection.execute(text("SELECT * FROM event WHERE id = :id"), {"id": event}).one()
    log = connection.execute(
        text("SELECT * FROM event_log WHERE event_id = :id ORDER BY seq"), {"id": event}
    ).all()
    edges = connection.execute(
        text("SELECT * FROM workflow_edge WHERE workflow_id = :id"), {"id": found.workflow_id}
    ).all()
    by_way = {(edge.command, edge.from_status, edge.to_status): edge for edge in edges}
    return [*_ends(found, log), *_chain(log), *_steps(log, by_way)]


def _ends(event: Any, log: Sequence[Any]) -> Iterator[str]:
    if (log[-1].to_status, log[-1].round) != (event.status, event.round):
        yield "the event does not stand where its log ends"
    if (event.closed_at is not None) != (event.status in FINISHED):
        yield "the closing time does not fit"


def _chain(log: Sequence[Any]) -> Iterator[str]:
    if (log[0].seq, log[0].action, log[0].prev_hash) != (1, "report", None):
        yield "it does not begin with the report"
    for entry in log:
        if entry.hash != log_hash(log_row(entry)):
            yield f"{entry.seq}: the hash is another"
    for before, after in itertools.pairwise(log):
        if after.seq != before.seq + 1 or after.prev_hash != before.hash or after.at < before.at:
            yield f"{after.seq}: it does not hang on the row before"
        if after.from_status != before.to_status:
            yield f"{after.seq}: it starts from where the event did not stand"
        if after.round != before.round + (after.action == "object"):
            yield f"{after.seq}: the round is another"


def _steps(log: Sequence[Any], by_way: dict[tuple[str, str, str], Any]) -> Iterator[str]:
    bounces, away = 0, ""
    for i in range(1, len(log)):
        before, entry = log[:i], log[i]
        edge = by_way.get((entry.action, entry.from_status, entry.to_status))
        if edge is None:
            yield f"{entry.seq}: no edge {entry.action} from {entry.from_status} to {entry.to_status}"
            continue
        if entry.account_id is None and entry.actor == "system" and not edge.by_system:
            yield f"{entry.seq}: the system took what is not left to it"
        yield from _people(before, entry, edge)
        yield from _conditions(
            [row for row in before if row.round == entry.round or row.seq == 1], entry, edge
        )
        if entry.action == "close" and _discontent([row for row in before if row.round == entry.round]):
            yield f"{entry.seq}: closed although whoever called is not content"
        if entry.action == "resume" and entry.to_status != away:
            yield f"{entry.seq}: it resumed elsewhere"
        if entry.action == "suspend":
            away = entry.from_status
        if "bounces_below:3" in edge.needs and bounces >= 3:
            yield f"{entry.seq}: returned too often"
        if entry.action in {"return", "refuse"} and "department_id" in entry.details.get("was", {}):
            bounces += 1


def _people(before: Sequence[Any], entry: Any, edge: Any) -> Iterator[str]:
    done = {row.account_id for row in before if row.round == entry.round and row.action in edge.not_by}
    if entry.account_id is not None and entry.account_id in done:
        yield f"{entry.seq}: {entry.action} by somebody who must not"


def _conditions(before: Sequence[Any], entry: Any, edge: Any) -> Iterator[str]:
    counts = Counter(row.action for row in before)
    entered = max(row.seq for row in before if row.from_status != row.to_status)
    handled = max((row.seq for row in before if row.action == "feedback"), default=0)
    for need in edge.needs:
        word, *rest = need.split(":")
        met = True
        if word == "at_most":
            met = counts[rest[0]] < int(rest[1])
        elif word in {"asked", "not_asked"}:
            last = [row.action for row in before if row.action in {rest[0], *ANSWERS[rest[0]]}][-1:]
            met = (last == [rest[0]]) == (word == "asked")
        elif word == "untouched":
            last_row = [row for row in before if row.action not in QUIET][-1]
            met = last_row.account_id == entry.account_id and last_row.from_status == entry.to_status
        elif word in {"done", "not_done"}:
            done = any(row.action == rest[0] and row.seq > entered for row in before)
            met = done == (word == "done") or (entry.action == "fail_inspection" and _discontent(before))
        elif word == "done_since_feedback":
            met = any(row.action == rest[0] and row.seq > handled for row in before)
        elif word == "rounds_below":
            met = before[-1].round < int(rest[0])
        if not met:
            yield f"{entry.seq}: {entry.action} although {need} is not so"


def _discontent(before: Sequence[Any]) -> bool:
    handled = max((row.seq for row in before if row.action == "feedback"), default=0)
    said = [row.details.get("data", {}) for row in before if row.action == "call_back" and row.seq > handled]
    told = [one for one in said if one.get("answered") and {"satisfied", "solved"} & one.keys()]
    return bool(told) and (told[-1].get("satisfied") is False or told[-1].get("solved") == "no")


WAITING = text("""
SELECT e.id,
  ARRAY[e.status = 'inspecting' AND need_met(e, 'done:pass_inspection', NULL), step_asked(e, 'request_extension'),
    step_asked(e, 'request_suspension')] AS logged,
  ARRAY(SELECT EXISTS (SELECT FROM event_wait AS w WHERE w.event_id = e.id AND w.what = n.what
      AND (w.round = e.round OR n.what = 'pass_inspection'))
    FROM unnest('{pass_inspection,request_extension,request_suspension}'::text[]) WITH ORDINALITY AS n (what, i)
    ORDER BY n.i) AS kept
FROM event AS e
""")


def waits(connection: Connection) -> int:
    """How many events wait for somebody's word; fails where the table of these and the logs differ."""
    rows = connection.execute(WAITING).all()
    assert [row.id for row in rows if row.logged != row.kept] == []
    return sum(any(row.kept) for row in rows)
