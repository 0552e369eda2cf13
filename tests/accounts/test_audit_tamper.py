"""Whoever owns the database can change rows; the chains tell, and where they cannot, an anchor kept elsewhere does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from gis.accounts.audit import record
from gis.accounts.audit_anchor import compare, read_anchor, take_anchor, write_anchor
from gis.accounts.audit_retention import purge
from gis.accounts.audit_verify import AUDIT, verify
from gis.base.errors import Invalid
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.events.log_chain import EVENT_LOG
from gis.events.service import file_report
from gis.events.validate import validate_report
from tests.district import district_engine
from tests.events.reports import full_report

pytestmark = pytest.mark.db
BOTH = (AUDIT, EVENT_LOG)
OF = "object_type = 'thing' AND object_id = '2'"
REHASH = f"""
DO $$
DECLARE
  r record;
  last bytea;
BEGIN
  FOR r IN SELECT * FROM wangge.audit WHERE {OF} ORDER BY seq LOOP
    UPDATE wangge.audit AS a SET prev_hash = last, hash = wangge.audit_hash(
      a.object_type, a.object_id, a.seq, a.at, a.account_id, a.actor, a.role, a.address, a.trace_id, a.area_id,
      a.action, a.result, a.details, last) WHERE a.id = r.id RETURNING a.hash INTO last;
  END LOOP;
END $$
"""
# What is done to the third object's five rows, and what a check of its chain says (the row, and which fault).
SEEN_BY_THE_CHAIN = {
    "a changed row": ([f"UPDATE audit SET details = '{{\"n\": 9}}' WHERE {OF} AND seq = 3"], (3, "changed")),
    "who did it": ([f"UPDATE audit SET actor = 'user:other' WHERE {OF} AND seq = 2"], (2, "changed")),
    "when": ([f"UPDATE audit SET at = at - interval '1 us' WHERE {OF} AND seq = 1"], (1, "changed")),
    "a row from the middle": ([f"DELETE FROM audit WHERE {OF} AND seq = 3"], (4, "missing")),
    "the first row": ([f"DELETE FROM audit WHERE {OF} AND seq = 1"], (2, "missing")),
    "two rows exchanged": (
        [
            f"UPDATE audit SET seq = 99 WHERE {OF} AND seq = 2",
            f"UPDATE audit SET seq = 2 WHERE {OF} AND seq = 3",
            f"UPDATE audit SET seq = 3 WHERE {OF} AND seq = 99",
        ],
        (2, "changed"),
    ),
    "a changed row with its hash": (
        [
            f"UPDATE audit SET action = 'x.other' WHERE {OF} AND seq = 3",
            "UPDATE audit AS a SET hash = audit_hash(object_type, object_id, seq, at, account_id, actor, role, address,"
            f" trace_id, area_id, action, result, details, prev_hash) WHERE {OF} AND seq = 3",
        ],
        (4, "hang"),
    ),
    "a row moved to another object": (
        [f"UPDATE audit SET object_id = '9' WHERE {OF} AND seq = 5"],
        (5, "changed"),
    ),
}
SEEN_BY_THE_ANCHOR = {
    "the tail cut off": [f"DELETE FROM audit WHERE {OF} AND seq >= 4"],
    "a whole chain removed": [f"DELETE FROM audit WHERE {OF}"],
    "a chain written anew": [f"UPDATE audit SET actor = 'user:other' WHERE {OF}", REHASH],
    "a chain removed as if it were past retention": [
        "INSERT INTO audit_mark SELECT object_type, object_id, seq, hash, at - interval '1 hour' FROM audit"
        f" WHERE {OF} AND seq = 5",
        f"DELETE FROM audit WHERE {OF}",
    ],
}


@pytest.fixture(scope="module")
def filled(cluster: Cluster) -> Iterator[Engine]:
    """Five objects with five audit rows each, and three reports."""
    with district_engine(cluster) as engine:
        for _ in range(3):
            file_report(engine, validate_report(full_report()))
        for number in range(25):
            with unit_of_work(engine) as session:
                record(session, "x.y", "thing", number % 5, details={"n": number})
        yield engine


def tamper(connection: Connection, statements: list[str]) -> None:
    """As a superuser who switches the triggers off."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    for statement in statements:
        connection.exec_driver_sql(statement)
    connection.execute(text("SET LOCAL session_replication_role = DEFAULT"))


@pytest.fixture
def tampered(cluster: Cluster) -> Iterator[Callable[[list[str]], Engine]]:
    """A database of its own with five chains of five rows, and what changes it."""

    def make(statements: list[str]) -> Engine:
        with engine.begin() as connection:
            tamper(connection, statements)
        return engine

    with district_engine(cluster) as engine:
        for number in range(25):
            with unit_of_work(engine) as session:
                record(session, "x.y", "thing", number % 5, details={"n": number})
        file_report(engine, validate_report(full_report()))
        yield make


def test_whole_chains_are_whole(filled: Engine) -> None:
    audit, log = (verify(filled, chains) for chains in BOTH)
    assert (audit.rows, audit.objects, audit.broken) == (28, 8, 0)
    assert (log.rows, log.objects, log.broken) == (3, 3, 0)


@pytest.mark.parametrize("kind", SEEN_BY_THE_CHAIN)
def test_the_chain_names_the_first_broken_row(kind: str, tampered: Callable[[list[str]], Engine]) -> None:
    statements, (seq, word) = SEEN_BY_THE_CHAIN[kind]
    found = verify(tampered(statements))
    fault = next(fault for fault in found.faults if fault.object in {"thing 2", "thing 9"})
    assert found.broken == 1
    assert (fault.seq, word in fault.en) == (seq, True)


@pytest.mark.parametrize("kind", SEEN_BY_THE_ANCHOR)
def test_what_no_chain_tells_the_anchor_does(
    kind: str, tampered: Callable[[list[str]], Engine], tmp_path: Path
) -> None:
    engine = tampered([])
    write_anchor(take_anchor(engine, BOTH), tmp_path / "anchor.json")
    with unit_of_work(engine) as session:
        record(session, "x.later", "thing", 3)  # the chains go on after an anchor
    anchor = read_anchor(tmp_path / "anchor.json")
    assert not compare(engine, anchor, BOTH).differences
    tampered(SEEN_BY_THE_ANCHOR[kind])
    assert verify(engine).broken == 0
    differences = compare(engine, anchor, BOTH).differences
    assert [found.table for found in differences] == ["audit"]


def test_the_log_of_an_event_is_checked_the_same_way(tampered: Callable[[list[str]], Engine]) -> None:
    engine = tampered([])
    anchor = take_anchor(engine, BOTH)
    assert verify(tampered(["UPDATE event_log SET actor = 'source:other'"]), EVENT_LOG).broken == 1
    tampered(["DELETE FROM event_log"])
    assert verify(engine, EVENT_LOG).broken == 0
    assert [found.table for found in compare(engine, anchor, BOTH).differences] == ["event_log"]


def test_a_function_of_the_database_that_lies_does_not_help(tampered: Callable[[list[str]], Engine]) -> None:
    engine = tampered(
        [
            f"UPDATE audit SET actor = 'user:other' WHERE {OF}",
            "CREATE OR REPLACE FUNCTION wangge.audit_hash(object_type text, object_id text, seq int, at timestamptz,"
            " account_id int, actor text, role text, address text, trace_id text, area_id int, action text,"
            " result text, details jsonb, prev_hash bytea) RETURNS bytea LANGUAGE sql STABLE AS 'SELECT hash FROM"
            " wangge.audit AS a WHERE a.object_type = $1 AND a.object_id = $2 AND a.seq = $3'",
        ]
    )
    assert verify(engine).broken == 1


def test_an_anchor_that_was_changed_is_none(filled: Engine, tmp_path: Path) -> None:
    path = tmp_path / "anchor.json"
    write_anchor(take_anchor(filled, BOTH), path)
    whole = path.read_text()
    assert read_anchor(path).root == json.loads(whole)["root"]
    for bad in (
        whole.replace('"upto": 28', '"upto": 27'),
        "{}",
        "[]",
        "no",
        whole.replace("anchor-1", "anchor-2"),
    ):
        assert bad != whole
        path.write_text(bad)
        with pytest.raises(Invalid, match="bad_anchor"):
            read_anchor(path)


def age(engine: Engine, days: int, condition: str) -> None:
    """Let rows have been written `days` earlier, with good hashes."""
    with engine.begin() as connection:
        tamper(connection, [f"UPDATE audit SET at = at - interval '{days} days' WHERE {condition}"])
        for number in range(5):
            tamper(connection, [REHASH.replace("object_id = '2'", f"object_id = '{number}'")])


def test_what_is_past_retention_goes_and_the_chains_go_on(tampered: Callable[[list[str]], Engine]) -> None:
    engine = tampered([])
    age(engine, 300, "object_type = 'thing' AND (object_id = '1' OR object_id = '2' AND seq <= 3)")
    assert verify(engine).broken == 0
    anchor = take_anchor(engine, BOTH)
    later = datetime.now(UTC) + timedelta(days=110)
    assert purge(engine, 500, now=later) == 0
    assert purge(engine, 400, now=later) == 8
    assert purge(engine, 400, now=later) == 0
    found = verify(engine)
    assert (found.rows, found.broken) == (26 - 8 + 1, 0)
    compared = compare(engine, anchor, BOTH, now=later)
    assert (compared.differences, compared.past) == ((), 1)
    with unit_of_work(engine) as session:
        for number in (1, 2):
            record(session, "x.again", "thing", number)
        told = session.execute(text("SELECT details FROM audit WHERE action = 'audit.purge'")).scalars().all()
    assert [row["rows"] for row in told] == [8]
    assert verify(engine).broken == 0
    # A mark is part of the chain: without it, what comes after hangs on nothing.
    tampered(["DELETE FROM audit_mark WHERE object_id = '1'"])
    assert [fault.object for fault in verify(engine).faults] == ["thing 1"]


def test_a_row_that_stays_keeps_those_behind_it(tampered: Callable[[list[str]], Engine]) -> None:
    """A clock that went back must not tear a hole."""
    engine = tampered([])
    age(engine, 300, f"{OF} AND seq IN (1, 4)")
    assert purge(engine, 200) == 1
    assert verify(engine).broken == 0


def test_the_audit_is_never_kept_shorter_than_six_months(filled: Engine) -> None:
    with pytest.raises(Invalid, match="retention_too_short"):
        purge(filled, 183)
