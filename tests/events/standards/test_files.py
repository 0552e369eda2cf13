"""Tables people send: what is read, and that every bad row is named."""

from __future__ import annotations

import io
from collections.abc import Callable

import openpyxl
import pytest

from gis.base.errors import InvalidFile, WanggeError
from gis.events.standards.categories_file import read_categories
from gis.events.standards.model import Category
from gis.events.standards.standards_file import read_standards

G = "gbt47678.5-2026"
KNOWN = {
    one.key: one
    for one in (
        Category(G, "component", "01", "市政公用设施"),
        Category(G, "component", "01001", "供水井盖", parent="01"),
        Category(G, "matter", "06", "市容环境类"),
        Category(G, "matter", "06010", "暴露垃圾", parent="06"),
        Category(G, "matter", "09005", "店外经营", parent="09"),
        Category(G, "matter", "06011", "积存垃圾渣土", parent="06", in_force=False),
    )
}
HEAD = "category,condition,limit,closure\n"
ONE = f"{G}:matter:06010,成堆垃圾,4工作时,已清运\n"


def problems(data: str, known: dict[str, Category] = KNOWN) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(InvalidFile) as told:
        read_standards(data.encode(), ".csv", known, "某市")
    assert all(one.zh and one.en for one in told.value.problems)
    return [(one.row, one.field, one.code) for one in told.value.problems]


def test_a_row_is_read_and_what_it_does_not_say_is_filled_in() -> None:
    [one] = read_standards((HEAD + ONE).encode(), ".csv", KNOWN, "某市")
    assert (one.category, one.condition_no, one.limit.zh()) == (f"{G}:matter:06010", 1, "4工作时")
    assert (one.lead_rule, one.source, one.confidence, one.evidence) == ("territory", "某市", "defined", ())


def test_components_go_to_their_owner_first() -> None:
    [one] = read_standards(f"{HEAD}{G}:component:01001,缺失,2紧急工作时,恢复\n".encode(), ".csv", KNOWN, "")
    assert one.lead_rule == "owner"


CITY = """大类代码,小类代码,名称,立案条件,处置时限,结案条件,责任部门,照片
01,01,供水井盖,缺失,2紧急工作时,恢复,水务集团,处置前、处置后
,,,破损,4工作时,更换,水务集团,
"""


def test_a_table_as_cities_publish_it_with_merged_cells() -> None:
    """The kind and the edition are said once of the whole file; empty cells hold what stands above."""
    told = {"edition": "GB/T 30428.2-2013", "kind": "部件"}
    rows = read_standards(CITY.encode("gb18030"), ".csv", KNOWN, "某市", told)
    assert [(one.category, one.condition_no) for one in rows] == [
        (f"{G}:component:01001", 1),
        (f"{G}:component:01001", 2),
    ]
    assert (rows[0].lead_rule, rows[0].lead_department, rows[0].evidence) == (
        "department",
        "水务集团",
        ("before", "after"),
    )


def test_the_same_table_as_a_workbook() -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("标准", 0)
    book.remove(book.worksheets[1])
    for line in CITY.splitlines():
        sheet.append([cell or None for cell in line.split(",")])
    kept = io.BytesIO()
    book.save(kept)
    told = {"edition": "gbt30428.2-2013", "kind": "component"}
    rows = read_standards(kept.getvalue(), ".xlsx", KNOWN, "某市", told)
    assert rows == read_standards(CITY.encode(), ".csv", KNOWN, "某市", told)


def test_codes_without_an_edition_are_refused_row_by_row() -> None:
    found = problems("kind,code,condition,limit,closure\nevent,0405,甲,1天,乙\nevent,0110,甲,1天,乙\n")
    assert found == [(1, "edition", "edition_missing"), (2, "edition", "edition_missing")]


def test_the_same_digits_mean_what_their_edition_says() -> None:
    head = "edition,kind,code,condition,limit,closure\n"
    rows = read_standards(
        f"{head}gbt30428.2-2013,event,0405,甲,1天,乙\ncjt214-2007,event,0102,甲,1天,乙\n".encode(),
        ".csv",
        KNOWN,
        "",
    )
    assert [one.category for one in rows] == [f"{G}:matter:09005", f"{G}:matter:06010"]
    assert problems(f"{head}gbt30428.2-2013,event,0131,甲,1天,乙\n") == [(1, "code", "retired")]


def test_every_bad_row_is_named_and_nothing_else() -> None:
    head = "category,condition,limit,closure,condition_no,evidence,lead,lead_department,confidence\n"
    found = problems(
        head
        + f"{G}:matter:99999,甲,4工作时,乙,,,,,\n"
        + f"{G}:matter:06010,,4工作时,乙,,,,,\n"
        + f"{G}:matter:06010,甲,四小时,乙,,,,,\n"
        + f"{G}:matter:06010,甲,4工作时,,0,,,,\n"
        + f"{G}:matter:06011,甲,4工作时,乙,,,,,\n"
        + f"{G}:matter:06010,甲,4工作时,乙,5,video,,,\n"
        + f"{G}:matter:06010,甲,4工作时,乙,6,,department,,\n"
        + f"{G}:matter:06010,甲,4工作时,乙,7,,boss,,guess\n"
        + f"{G}:matter:06010,甲,4工作时,乙,8,after,属地,,转录\n"
        + "06010,甲,4工作时,乙,,,,,\n"
    )
    assert found == [
        (1, "category", "unknown_category"), (2, "condition", "missing"), (3, "limit", "bad_limit"),
        (4, "condition_no", "bad_number"), (4, "closure", "missing"), (5, "category", "category_retired"),
        (6, "evidence", "bad_evidence"), (7, "lead_department", "missing"), (8, "lead", "unknown_word"),
        (8, "confidence", "unknown_word"), (10, "category", "bad_category"),
    ]  # fmt: skip


def test_the_same_condition_twice_is_refused() -> None:
    twice = f"category,condition_no,condition,limit,closure\n{G}:matter:06010,1,甲,1天,乙\n{G}:matter:06010,1,丙,2天,丁\n"
    assert problems(twice) == [(2, "condition_no", "repeated")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("category,condition,limit\nx,y,z\n", "missing_columns"),
        ("category,类别,condition,limit,closure\na,b,c,d,e\n", "duplicate_column"),
        (HEAD, "no_rows"),
        (HEAD + ",,,\n", "no_rows"),
        (HEAD + ONE * 5001, "too_many_rows"),
    ],
)
def test_a_file_that_is_no_such_table(data: str, code: str) -> None:
    assert [one[2] for one in problems(data)] == [code]


@pytest.mark.parametrize(("data", "suffix"), [(b"\x00\x01", ".csv"), (b"PK\x03\x04", ".xlsx"), (b"", ".csv")])
def test_a_file_that_is_broken(data: bytes, suffix: str) -> None:
    with pytest.raises(WanggeError) as told:
        read_standards(data, suffix, KNOWN, "")
    assert told.value.zh


CATEGORIES = "scheme,kind,code,parent,name_zh,name_en\n"
Read = Callable[[str], list[tuple[int | None, str | None, str]]]


def test_categories_are_read_with_their_families() -> None:
    data = (
        f"{CATEGORIES}{G},matter,06099,06010x,甲,\n".replace("06010x", "06") + f"{G},matter,06,,市容环境类,\n"
    )
    rows = read_categories(data.encode(), ".csv", KNOWN)
    assert [(one.key, one.parent) for one in rows] == [(f"{G}:matter:06099", "06"), (f"{G}:matter:06", None)]


def test_an_older_code_names_the_category_of_today() -> None:
    rows = read_categories(
        "edition,kind,code,name_zh\ngbt30428.2-2013,event,0110,暴露生活垃圾\n".encode(), ".csv", KNOWN
    )
    assert [(one.key, one.name_zh, one.parent) for one in rows] == [
        (f"{G}:matter:06010", "暴露生活垃圾", "06")
    ]


def test_bad_categories_are_named() -> None:
    head = "scheme,kind,code,parent,name_zh,valid_from,valid_to,replaces,verified\n"
    with pytest.raises(InvalidFile) as told:
        read_categories(
            (
                head
                + "市,matter,1,,甲,,,,\n"
                + "x,matter,A1,,,,,,\n"
                + "x,matter,A2,,甲,2026-13-01,,,maybe\n"
                + "x,matter,A3,,甲,,,x:matter:none,\n"
            ).encode(),
            ".csv",
            KNOWN,
        )
    assert [(one.row, one.field, one.code) for one in told.value.problems] == [
        (1, "scheme", "bad_code"), (2, "name_zh", "missing"), (3, "verified", "bad_flag"), (3, "valid_from", "bad_date"),
        (4, "replaces", "unknown_category"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("x,matter,A1,B9,甲,\n", [(1, "parent", "unknown_category")]),
        (f"{G},component,01099,01001,甲,\n", [(1, "parent", "not_a_family")]),
        ("x,matter,A1,,甲,\nx,matter,A1,,乙,\n", [(2, "code", "repeated")]),
    ],
)
def test_categories_in_the_wrong_place(rows: str, found: list[tuple[int, str, str]]) -> None:
    with pytest.raises(InvalidFile) as told:
        read_categories((CATEGORIES + rows).encode(), ".csv", KNOWN)
    assert [(one.row, one.field, one.code) for one in told.value.problems] == found
