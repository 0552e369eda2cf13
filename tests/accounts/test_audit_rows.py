"""An audit row says who and when by itself, hangs on the row before, and can neither be changed nor left out."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from gis.accounts.audit import record, record_refusal
from gis.accounts.audit_chain import ChainedRow, audit_bytes, audit_hash, details_text
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped, set_scope
from tests.database import api_engine
from tests.district import district_engine

SCOPE = Scope(
    "user:acceptor",
    account_id=7,
    roles=("acceptor", "supervisor"),
    address="192.0.2.7",
    trace_id="a" * 32,
)
AT = datetime(2026, 11, 22, 1, 2, 3, 456789, UTC)
FIELDS = (
    "object_type", "object_id", "seq", "at", "account_id", "actor", "role", "address", "trace_id", "area_id",
    "action", "result", "details", "prev_hash",
)  # fmt: skip


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    with district_engine(cluster) as engine:
        yield engine


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    """The role of the web edge, in the scope of an acceptor."""
    with api_engine(district.url.render_as_string(hide_password=False)) as engine:
        yield scoped(engine, SCOPE)


def rows(engine: Engine, object_id: str) -> list[Any]:
    with unit_of_work(engine) as session:
        query = text("SELECT * FROM audit WHERE object_id = :id ORDER BY seq")
        return list(session.execute(query, {"id": object_id}))


def chained(row: Any) -> ChainedRow:
    return ChainedRow(**{name: getattr(row, name) for name in FIELDS})


def test_bytes_of_an_audit_row_are_pinned() -> None:
    row = ChainedRow(
        "report", "r1", 2, AT, 7, "user:acceptor", "acceptor", "192.0.2.7", None, 12, "contact.reveal", "ok",
        {"reason": "核实\n地址", "n": 1.50, "": None}, b"\x01\xff",
    )  # fmt: skip
    assert audit_bytes(row).split(b"\x1f") == [
        b"wangge-audit-1", b"report", b"r1", b"2", b"1795309323456789", b"7", b"user:acceptor", b"acceptor",
        b"192.0.2.7", b"", b"12", b"contact.reveal", b"ok",
        '{"": null, "n": 1.5, "reason": "核实\\n地址"}'.encode(), b"01ff",
    ]  # fmt: skip


@pytest.mark.db
@pytest.mark.parametrize("details", [{}, {"b": [1, {"z": True}], "aa": '\x1f\u2028"\\/', "a": 1e-7}])
def test_the_database_fills_and_hashes_the_same_row(
    edge: Engine, district: Engine, details: dict[str, Any]
) -> None:
    name = uuid.uuid4().hex
    before = datetime.now(UTC)
    for action in ("report.create", "contact.reveal"):
        with unit_of_work(edge) as session:
            record(session, action, "report", name, details=details)
    first, second = rows(district, name)
    assert before <= first.at <= second.at <= datetime.now(UTC)
    assert (first.actor, first.account_id, first.role) == ("user:acceptor", 7, "acceptor supervisor")
    assert (first.address, first.trace_id, first.result) == ("192.0.2.7", "a" * 32, "ok")
    assert (first.seq, first.prev_hash, second.seq, bytes(second.prev_hash)) == (1, None, 2, first.hash)
    assert [row.hash for row in (first, second)] == [audit_hash(chained(row)) for row in (first, second)]


leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
)
keys = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=4)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4), max_leaves=8
)


@pytest.mark.db
def test_details_read_as_the_database_writes_them(engine: Engine) -> None:
    @given(trees)
    def check(value: Any) -> None:
        with engine.connect() as connection:
            written = connection.scalar(
                text("SELECT cast(:v AS jsonb)::text"), {"v": json.dumps(value, ensure_ascii=False)}
            )
        assert details_text(value) == written

    check()


@pytest.mark.db
def test_what_the_caller_says_of_himself_is_overwritten(session: Session, engine: Engine) -> None:
    session.execute(text("SELECT set_config('wangge.actor', 'user:real', true)"))
    session.execute(
        text(
            "INSERT INTO audit (actor, account_id, role, address, trace_id, at, seq, prev_hash, hash, action,"
            " object_type, object_id) VALUES ('forged', 99, 'admin', 'x', 'y', '2000-01-01', 17, 'a', 'b',"
            " 'x.y', 'thing', 'o')"
        )
    )
    row = session.execute(text("SELECT * FROM audit WHERE object_id = 'o'")).one()
    assert (row.actor, row.account_id, row.role, row.address, row.trace_id) == (
        "user:real",
        None,
        "",
        None,
        None,
    )
    assert (row.seq, row.prev_hash, row.at.year > 2000) == (1, None, True)
    assert row.hash == audit_hash(chained(row))


@pytest.mark.db
def test_the_edge_names_no_column_that_is_filled(edge: Engine) -> None:
    for column in ("actor", "at", "hash", "seq", "id"):
        with unit_of_work(edge) as session, pytest.raises(DBAPIError, match="permission denied"):
            session.execute(
                text(
                    f"INSERT INTO audit ({column}, action, object_type, object_id) VALUES (NULL, 'a', 'b', 'c')"
                )
            )


@pytest.mark.db
def test_nobody_writes_no_audit(edge: Engine, engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="no_actor"), unit_of_work(scoped(edge, Scope(""))) as session:
        record(session, "report.create", "report", "x")
    with Session(engine) as owner:
        set_scope(owner, Scope("", maintenance=True))
        with pytest.raises(DBAPIError, match="no_actor"):
            record(owner, "report.create", "report", "x")


@pytest.mark.db
def test_rows_of_one_statement_and_of_many_threads_make_one_chain(edge: Engine, district: Engine) -> None:
    name = uuid.uuid4().hex
    with unit_of_work(edge) as session:
        session.execute(
            text(
                "INSERT INTO audit (action, object_type, object_id)"
                " SELECT 'x.y', 'thing', :name FROM generate_series(1, 5)"
            ),
            {"name": name},
        )

    def write(_: int) -> None:
        with unit_of_work(edge) as session:
            record(session, "x.z", "thing", name)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    found = rows(district, name)
    assert [row.seq for row in found] == list(range(1, 46))
    assert [row.prev_hash for row in found] == [None, *(row.hash for row in found[:-1])]
    assert [row.at for row in found] == sorted(row.at for row in found)


@pytest.mark.db
def test_a_refusal_stays_when_its_transaction_is_rolled_back(edge: Engine, district: Engine) -> None:
    name = uuid.uuid4().hex
    with Session(edge) as session:
        record(session, "report.create", "report", name)
        session.rollback()
    record_refusal(edge, "report.create", "report", name, details={"code": "permission_denied"})
    assert [(row.seq, row.result) for row in rows(district, name)] == [(1, "refused")]


@pytest.mark.db
def test_ids_from_outside_are_stored_whatever_they_hold(edge: Engine, district: Engine) -> None:
    name = uuid.uuid4().hex
    record_refusal(edge, "x.y", "thing", f"{name}\x00\x1f\ud800\n" + "长" * 1000)
    with unit_of_work(district) as session:
        stored = session.scalar(
            text("SELECT object_id FROM audit WHERE object_id LIKE :n"), {"n": f"{name}%"}
        )
    assert stored == name + "长" * 168


@pytest.mark.db
@pytest.mark.parametrize("change", ["UPDATE audit SET role = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_audit_cannot_be_changed(session: Session, edge: Engine, change: str) -> None:
    with pytest.raises((IntegrityError, DBAPIError), match="append-only"):
        session.execute(text(change))
    with unit_of_work(edge) as own:
        own.execute(text("SELECT set_config('wangge.audit_purge', 'on', true)"))
        with pytest.raises(DBAPIError, match="permission denied"):
            own.execute(text(change))
