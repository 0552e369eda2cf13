"""An auditor reads the rows of the own subtree, in pages, and that is on record; each layer alone hides the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from gis.accounts.audit import record
from gis.accounts.audit_reading import AuditFilter, list_audit
from gis.base.errors import Forbidden, Invalid
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.db.scope import EVERYWHERE, Roots, Scope, scoped
from tests.database import api_engine
from tests.district import district_engine

pytestmark = pytest.mark.db
CITY, DISTRICT, FIRST, SECOND, GRID = (
    "2301", "230199", "230199001001", "230199001002", "230199001001002",
)  # fmt: skip


@pytest.fixture(scope="module")
def district(cluster: Cluster) -> Iterator[Engine]:
    """Four rows in the first community's second grid, two in the second community, one of no area."""
    with district_engine(cluster) as engine:
        ids = areas(engine)
        for code, number in [*((GRID, n) for n in range(4)), *((SECOND, n) for n in range(4, 6)), (None, 6)]:
            with unit_of_work(
                scoped(engine, Scope(f"user{number % 2}", account_id=number, maintenance=True))
            ) as session:
                record(
                    session, "report.create" if number % 3 else "photo.store", "report", number,
                    area_id=ids.get(code or ""), result="ok" if number else "refused",
                )  # fmt: skip
        yield engine


@pytest.fixture(scope="module")
def edge(district: Engine) -> Iterator[Engine]:
    with api_engine(district.url.render_as_string(hide_password=False)) as engine:
        yield engine


def areas(engine: Engine) -> dict[str, int]:
    with unit_of_work(engine) as session:
        return {row.code: row.id for row in session.execute(text("SELECT code, id FROM area"))}


def auditor(edge: Engine, *codes: str) -> Engine:
    known = areas(edge)
    return scoped(
        edge, Scope("auditor", account_id=9, areas={"audit.read": tuple(known[code] for code in codes)})
    )


def seen(engine: Engine, **wanted: object) -> list[str]:
    page = list_audit(engine, AuditFilter(object_type="report", **wanted))  # type: ignore[arg-type]
    return [row.object_id for row in page.items]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("23",), ["6", "5", "4", "3", "2", "1", "0"]),
        ((CITY,), ["5", "4", "3", "2", "1", "0"]),
        ((FIRST,), ["3", "2", "1", "0"]),
        ((SECOND,), ["5", "4"]),
        ((FIRST, SECOND), ["5", "4", "3", "2", "1", "0"]),
        (("230199001001001",), []),
        ((), []),
    ],
)
def test_one_reads_the_own_subtree(edge: Engine, codes: tuple[str, ...], expected: list[str]) -> None:
    assert seen(auditor(edge, *codes)) == expected


def test_another_permission_reads_nothing(edge: Engine) -> None:
    known = areas(edge)
    assert seen(scoped(edge, Scope("x", areas={"accounts.read": (known["23"],)}))) == []


@pytest.mark.parametrize(("roots", "count"), [((SECOND,), 2), ((), 0)])
def test_the_query_decides_without_the_policies(district: Engine, roots: tuple[str, ...], count: int) -> None:
    """The owner of a private cluster is a superuser, whom no policy binds."""
    assert len(seen(auditor(district, *roots))) == count
    with unit_of_work(auditor(district, *roots)) as session:
        assert int(session.scalar(text("SELECT count(*) FROM audit")) or 0) > 7


@pytest.mark.parametrize(("roots", "count"), [((SECOND,), 2), ((), 0)])
def test_the_policies_decide_without_the_query(edge: Engine, roots: tuple[str, ...], count: int) -> None:
    with unit_of_work(auditor(edge, *roots)) as session:
        assert session.scalar(text("SELECT count(*) FROM audit WHERE object_type = 'report'")) == count


def test_filters_bound_the_rows(edge: Engine) -> None:
    city = auditor(edge, CITY)
    assert seen(city, actor="user1") == ["5", "3", "1"]
    assert seen(city, action="photo.store") == ["3", "0"]
    assert seen(city, object_id="4") == ["4"]
    assert seen(city, result="refused") == ["0"]
    assert seen(city, area=SECOND) == ["5", "4"]
    assert seen(city, area=DISTRICT, actor="user0") == ["4", "2", "0"]
    third = list_audit(city, AuditFilter(object_type="report", object_id="3")).items[0]
    assert seen(city, since=third.at) == ["5", "4", "3"]
    assert seen(city, until=third.at) == ["2", "1", "0"]
    assert seen(city, until=third.at + timedelta(microseconds=1)) == ["3", "2", "1", "0"]
    assert (third.area_code, third.area_name, third.actor, third.role) == (GRID, "第二网格", "user1", "")


def test_pages_meet_without_a_gap(edge: Engine) -> None:
    city, wanted, after, found = auditor(edge, CITY), AuditFilter(object_type="report"), None, []
    for _ in range(3):
        page = list_audit(city, wanted, limit=2, after=after)
        found += [row.object_id for row in page.items]
        after = page.next
    assert (found, after) == (["5", "4", "3", "2", "1", "0"], None)


def test_hidden_rows_change_no_page(edge: Engine, district: Engine) -> None:
    first = auditor(edge, FIRST)
    before = list_audit(first, AuditFilter(object_type="report"), limit=4)
    with unit_of_work(district) as session:
        record(session, "report.create", "report", "hidden", area_id=areas(district)[SECOND])
    assert list_audit(first, AuditFilter(object_type="report"), limit=4) == before
    assert before.next is None


def test_an_area_outside_is_refused_and_one_that_is_none_named(edge: Engine) -> None:
    with pytest.raises(Forbidden, match="outside_scope"):
        seen(auditor(edge, FIRST), area=SECOND)
    with pytest.raises(Invalid, match="unknown_area"):
        seen(auditor(edge, FIRST), area="99")
    assert seen(auditor(edge, FIRST), area=CITY) == ["3", "2", "1", "0"]


def test_reading_the_audit_is_on_record(edge: Engine) -> None:
    city = auditor(edge, FIRST)
    list_audit(city, AuditFilter(actor="user1"), limit=3)
    newest = list_audit(city, AuditFilter(action="audit.read"), limit=1).items[0]
    assert (newest.actor, newest.object_type, newest.object_id, newest.area_code) == (
        "auditor",
        "audit",
        "*",
        FIRST,
    )
    assert newest.details == {"actor": "user1", "shown": 2}


@pytest.mark.parametrize("roots", [EVERYWHERE, ()])
def test_the_owner_reads_all_and_nobody_nothing(district: Engine, edge: Engine, roots: Roots) -> None:
    assert len(seen(district)) >= 7
    found = seen(scoped(edge, Scope("x", areas={"audit.read": roots})))
    assert len(found) == (8 if roots == EVERYWHERE else 0)
