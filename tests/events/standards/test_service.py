"""Standards by city and version, in the database: what is in force where, and who may change it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from gis.base.errors import Conflict, Forbidden, Invalid, InvalidFile, NotFound
from gis.db.engine import unit_of_work
from gis.events.standards import service, store
from gis.events.standards.filing import check_closure, choose_standard, standard_for
from gis.events.standards.model import SetFacts

pytestmark = pytest.mark.db
G = "gbt47678.5-2026"
RUBBISH, COVER = f"{G}:matter:06010", f"{G}:component:01001"
HEAD = "category,condition,limit,closure,evidence\n"
Ruler = Callable[[str], Engine]


def table(*rows: str) -> bytes:
    return (HEAD + "\n".join(rows) + "\n").encode()


def limits(engine: Engine, category: str, area: str) -> list[str]:
    return [one.limit.zh() for one in service.list_standards(engine, category=category, area=area)]


def test_the_national_list_is_not_called_verified(district: Engine) -> None:
    """Nobody has compared it with the standard's own text; our own families are what they say."""
    found = {(one.scheme, one.verified) for one in service.list_categories(district)}
    assert found == {(G, False), ("gov-s", True), ("gov-p", True)}
    assert all(one.source for one in service.list_categories(district))


def test_at_least_sixty_categories_come_with_standards_that_say_whose_they_are(district: Engine) -> None:
    rows = service.list_standards(district)
    assert len({one.category for one in rows}) >= 60
    assert all(one.source and one.condition_en and one.closure_en for one in rows)
    assert "verified" not in {one.confidence for one in rows}
    [only] = service.list_sets(district)
    assert (only.city, only.in_force, only.standards) == ("", True, len(rows))
    assert {one.lead_rule for one in rows if ":component:" in one.category} == {"owner"}


def test_one_category_may_have_several_limits(district: Engine) -> None:
    assert limits(district, COVER, "") == ["2紧急工作时", "4工作时", "2工作日", "5工作日"]
    assert limits(district, f"{G}:matter:06001", "") == ["4工作时", "7工作日", "20工作日"]


def test_a_city_goes_before_the_default_for_the_categories_it_names(ruler: Ruler) -> None:
    engine = ruler("230199")
    rows = table(f"{RUBBISH},成堆,1工作日,已清运,", f"{RUBBISH},满地,2工作时,已清运,after")
    done = service.import_standards(engine, rows, ".csv", SetFacts("230199", "2026", source="区标准"))
    assert done.id is not None
    assert done.difference.against == "2026.1"
    assert done.difference.counts == {"added": 1, "changed": 1, "removed": 0, "unchanged": 0}
    assert (
        limits(engine, RUBBISH, "230199001001001")
        == limits(engine, RUBBISH, "230199")
        == ["1工作日", "2工作时"]
    )
    assert limits(engine, RUBBISH, "2301") == limits(engine, RUBBISH, "") == ["4工作时"]
    assert len(limits(engine, COVER, "230199")) == 4
    whole = service.list_standards(engine, area="230199")
    assert [one.version for one in whole if one.category == RUBBISH] == ["2026", "2026"]


def test_a_dry_run_tells_the_same_and_keeps_nothing(ruler: Ruler) -> None:
    engine = ruler("230199")
    rows = table(f"{COVER},缺失,1紧急工作时,已补,")
    given = SetFacts("230199001", "try")
    told = service.import_standards(engine, rows, ".csv", given, dry_run=True)
    assert told.id is None
    assert [one.city for one in service.list_sets(engine)].count("230199001") == 0
    done = service.import_standards(engine, rows, ".csv", given)
    assert done.difference == told.difference


def test_the_next_version_ends_the_one_before_and_an_event_keeps_its_own(
    district: Engine, ruler: Ruler
) -> None:
    engine, today = ruler("230199001001"), datetime.now(ZoneInfo("Asia/Shanghai")).date()
    first = SetFacts("230199001001", "1", valid_from=today - timedelta(days=30))
    service.import_standards(engine, table(f"{RUBBISH},甲,3天,乙,", f"{COVER},甲,3天,乙,"), ".csv", first)
    old = service.list_standards(engine, category=RUBBISH, area="230199001001")[0]
    second = SetFacts("230199001001", "2", valid_from=today + timedelta(days=10))
    changed = service.import_standards(engine, table(f"{RUBBISH},甲,5天,乙,"), ".csv", second)
    assert changed.difference.against == "230199001001 1"
    assert changed.difference.counts == {"added": 0, "changed": 1, "removed": 1, "unchanged": 0}
    with unit_of_work(district) as session:
        path = store.area_path(session, "230199001001")
        known = store.categories(session)[RUBBISH].id
        days = {n: standard_for(session, known, path, today + timedelta(days=n)) for n in (0, 9, 10)}
        assert [[one.limit.zh() for one in days[n]] for n in days] == [["3天"], ["3天"], ["5天"]]
        assert store.standard(session, old.id) == old.__class__(
            **_told(old, category_zh="", category_en=None)
        )
    with pytest.raises(Conflict) as told:
        service.import_standards(
            engine, table(f"{RUBBISH},甲,1天,乙,"), ".csv", SetFacts("230199001001", "3")
        )
    assert told.value.code == "standard_set_order"


def _told(one: Any, **other: Any) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__class__.__dataclass_fields__} | other


@pytest.mark.parametrize(
    ("given", "kind", "code"),
    [
        (SetFacts("", "2026.1"), Conflict, "version_taken"),
        (SetFacts("", ""), Invalid, "bad_version"),
        (SetFacts("哈尔滨", "1"), Invalid, "bad_city"),
        (SetFacts("44", "1"), Invalid, "unknown_city"),
        (SetFacts("", "9", name_zh="长" * 201), Invalid, "text_too_long"),
        (SetFacts("", "9", valid_from=date(2020, 1, 1)), Conflict, "standard_set_order"),
    ],
    ids=["taken", "no version", "no code", "nowhere", "long", "order"],
)
def test_what_a_set_may_not_be(ruler: Ruler, given: SetFacts, kind: type[Exception], code: str) -> None:
    with pytest.raises(kind) as told:
        service.import_standards(ruler("23"), table(f"{RUBBISH},甲,1天,乙,"), ".csv", given)
    assert getattr(told.value, "code", "") == code


def test_one_bad_row_keeps_all_out(ruler: Ruler) -> None:
    engine = ruler("230199")
    before = len(service.list_sets(engine))
    rows = table(f"{RUBBISH},甲,1天,乙,", f"{COVER},甲,错,乙,")
    with pytest.raises(InvalidFile) as told:
        service.import_standards(engine, rows, ".csv", SetFacts("230199", "bad"))
    assert [(one.row, one.code) for one in told.value.problems] == [(2, "bad_limit")]
    assert len(service.list_sets(engine)) == before


@pytest.mark.parametrize("city", ["", "23", "230199", "230199001002"])
def test_nobody_sets_rules_for_more_than_they_administer(ruler: Ruler, city: str) -> None:
    rows = table(f"{RUBBISH},甲,1天,乙,")
    with pytest.raises(Forbidden) as told:
        service.import_standards(ruler("230199001001"), rows, ".csv", SetFacts(city, "x"))
    assert told.value.code == "rules_outside_scope"
    with pytest.raises(Forbidden):
        service.import_categories(
            ruler("230199001001"), b"scheme,kind,code,name_zh\nx,matter,A,\xe7\x94\xb2\n", ".csv", city
        )


def test_the_database_itself_refuses_what_the_service_would(ruler: Ruler) -> None:
    """The functions ask for the scope again: without the service in front nothing goes further."""
    given = '{"city": "", "version": "y", "name_zh": "z", "source": "s", "valid_from": "2027-01-01"}'
    for call, values in (
        ("put_filing_standards(cast(:a AS jsonb), '[]', '{}')", given),
        ("put_categories('', cast(:a AS jsonb), '{}')", "[]"),
    ):
        with pytest.raises(DBAPIError, match="rules_denied"), unit_of_work(ruler("230199")) as session:
            session.execute(text(f"SELECT {call}"), {"a": values})


@pytest.mark.parametrize(
    "table_name", ["filing_standard", "filing_standard_set", "category", "category_version"]
)
def test_the_web_edge_writes_no_row_of_its_own(ruler: Ruler, table_name: str) -> None:
    for statement in (f"DELETE FROM {table_name}", f"INSERT INTO {table_name} SELECT * FROM {table_name}"):
        with pytest.raises(DBAPIError, match="permission denied"), unit_of_work(ruler("23")) as session:
            session.execute(text(statement))


def test_a_condition_never_changes_not_even_by_the_owner(district: Engine) -> None:
    for statement in (
        "UPDATE filing_standard SET limit_value = 99",
        "DELETE FROM filing_standard",
        "UPDATE filing_standard_set SET valid_from = '2020-01-01'",
        "DELETE FROM filing_standard_set",
        "TRUNCATE category_version",
    ):
        with pytest.raises(DBAPIError, match="not changed"), unit_of_work(district) as session:
            session.execute(text(statement))


def test_imports_are_on_record(district: Engine, ruler: Ruler) -> None:
    service.import_standards(ruler("23"), table(f"{RUBBISH},甲,1天,乙,"), ".csv", SetFacts("23", "audited"))
    with unit_of_work(district) as session:
        row = session.execute(
            text("SELECT * FROM audit WHERE action = 'standards.import' ORDER BY id DESC LIMIT 1")
        ).one()
        area = session.scalar(text("SELECT id FROM area WHERE code = '23'"))
    assert (row.actor, row.area_id, row.object_type) == ("ruler", area, "filing_standards")
    assert row.details["version"] == "audited"
    assert row.details["changed"] == 1


def test_filing_needs_one_condition_and_closing_its_closing(district: Engine) -> None:
    with unit_of_work(district) as session:
        known = store.categories(session)
        path = store.area_path(session, "2301") or []
        cover, hot = known[COVER].id, known["gov-p:request:P05"].id
        with pytest.raises(Invalid) as told:
            choose_standard(session, cover, path, {})
        assert (told.value.code, len(told.value.facts["choices"])) == ("standard_required", 4)
        first = choose_standard(session, cover, path, {"condition": 1})
        assert first is not None
        assert choose_standard(session, cover, path, {"standard": first.id}) == first
        for wrong in ({"condition": 9}, {"standard": 10**6}, {"standard": "1; DROP"}, {"condition": True}):
            with pytest.raises(Invalid) as told:
                choose_standard(session, cover, path, wrong)
            assert told.value.code == "unknown_filing_standard"
        assert choose_standard(session, hot, path, {}) is None
        for data, slots, code in (
            ({}, {"before", "after"}, "closure_required"),
            ({"closure": "  "}, {"before", "after"}, "closure_required"),
            ({"closure": False}, {"before", "after"}, "closure_required"),
            ({"closure": True}, {"before"}, "evidence_missing"),
        ):
            with pytest.raises(Invalid) as told:
                check_closure(session, first.id, data, slots)
            assert told.value.code == code
        assert check_closure(session, first.id, {"closure": True}, {"before", "after"}) == first.closure_text
        assert check_closure(session, first.id, {"closure": "新盖"}, {"before", "after", "check"}) == "新盖"
        assert check_closure(session, None, {}, set()) is None


def test_the_only_condition_needs_no_choosing(district: Engine) -> None:
    with unit_of_work(district) as session:
        rubbish = store.categories(session)[f"{G}:matter:06037"].id
        assert choose_standard(session, rubbish, [], {}) == standard_for(session, rubbish, [])[0]


def test_a_family_speaks_for_those_of_its_categories_that_have_none(ruler: Ruler) -> None:
    engine = ruler("230199001002")
    family, child = "gov-p:request:P05", f"{G}:matter:06001"
    rows = table(f"{G}:matter:06,甲,9天,乙,", f"{RUBBISH},甲,8天,乙,", f"{family},甲,7天,乙,")
    service.import_standards(engine, rows, ".csv", SetFacts("230199001002", "1"))
    assert limits(engine, child, "230199001002002") == ["9天"]
    assert limits(engine, RUBBISH, "230199001002002") == ["8天"]


def test_what_is_asked_for_must_be_there(district: Engine) -> None:
    for values, kind in (
        ({"category": "x:y:z"}, Invalid), ({"area": "99"}, Invalid), ({"set_id": 10**6}, NotFound),
    ):  # fmt: skip
        with pytest.raises(kind):
            service.list_standards(district, **values)


def test_search_reads_names_and_conditions_and_no_pattern(district: Engine) -> None:
    assert {one.category for one in service.list_standards(district, search="暴露")} >= {RUBBISH}
    assert service.list_standards(district, search="%") == []
    assert {one.category for one in service.list_standards(district, search="somebody may fall in")} >= {
        COVER
    }
