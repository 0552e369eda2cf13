"""A table of filing standards: from its rows to conditions of known categories, or every reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gis.base.errors import Invalid, InvalidFile, Problem
from gis.base.limits import Limit, parse_limit
from gis.events.readers import read_category
from gis.events.standards.cells import Row, read_rows, refuse_bad
from gis.events.standards.mapping import map_code
from gis.events.standards.model import Category, StandardRow
from gis.events.standards.tables import CONFIDENCE, LEADS, SLOTS

HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "category": ("类别", "事项类别"),
    "edition": ("版本", "标准版本", "编码版本"),
    "kind": ("类型", "部件或事件"),
    "major": ("大类代码",),
    "code": ("代码", "小类代码"),
    "name": ("名称", "小类名称", "类别名称"),
    "condition_no": ("条件序号", "序号"),
    "condition": ("立案条件", "condition_text"),
    "condition_en": ("立案条件英文",),
    "limit": ("处置时限", "时限"),
    "closure": ("结案条件", "closure_text"),
    "closure_en": ("结案条件英文",),
    "evidence": ("举证照片", "照片"),
    "lead": ("牵头规则", "lead_rule"),
    "lead_department": ("牵头部门", "责任部门"),
    "source": ("来源", "依据"),
    "confidence": ("可信度",),
}
NEEDED: Final = ("category|code", "condition", "limit", "closure")
_MERGED: Final = ("edition", "kind", "major")
_OF_CATEGORY: Final = ("category", "edition", "kind", "major", "code", "name")
_LEADS_ZH: Final = {"属主": "owner", "权属": "owner", "属地": "territory", "部门": "department"}
_SLOTS_ZH: Final = {"处置前": "before", "处置后": "after", "核查": "check"}
_SURE_ZH: Final = {"已核对": "verified", "自定": "defined", "转录": "third_party", "凭记忆": "recalled"}


def read_standards(
    data: bytes,
    suffix: str,
    known: Mapping[str, Category],
    source: str,
    told: Mapping[str, str] | None = None,
) -> list[StandardRow]:
    """The conditions of a file; `known` are the categories by key, `source` what rows without one have.

    `told` may say `edition` and `kind` of all codes in it.
    A row whose category cells are all empty is another condition of the category above it, as in the tables that
    cities publish. Raises InvalidFile with every problem in the file.
    """
    rows = _filled_down(read_rows(data, suffix, HEADS, NEEDED), told or {})
    counts: dict[str, int] = {}
    found = [_standard(row, known, counts, source) for row in rows]
    refuse_bad(rows)
    _refuse_repeated(found, rows)
    return found


def _filled_down(rows: list[Row], told: Mapping[str, str]) -> list[Row]:
    """Merged cells: what stands above holds on. `told` is what somebody said of the whole file."""
    above: dict[str, str] = dict(told)
    for row in rows:
        own = {name: row.get(name) for name in _OF_CATEGORY}
        if own["category"] or own["code"]:
            above = own | {name: own[name] or above.get(name, "") for name in _MERGED}
        row.cells = dict(row.cells) | above
    return rows


def _standard(row: Row, known: Mapping[str, Category], counts: dict[str, int], source: str) -> StandardRow:
    key = _category(row, known)
    counts[key] = counts.get(key, 0) + 1
    limit = _limit(row)
    lead, department = _lead(row, key)
    return StandardRow(
        category=key,
        condition_no=_number(row, counts[key]),
        condition_text=row.text("condition", needed=True),
        limit_kind=limit.kind,
        limit_value=limit.value,
        closure_text=row.text("closure", needed=True),
        condition_en=row.text("condition_en") or None,
        closure_en=row.text("closure_en") or None,
        evidence=_evidence(row),
        lead_rule=lead,
        lead_department=department,
        source=row.text("source") or source,
        confidence=_word(row, "confidence", CONFIDENCE, _SURE_ZH, "defined"),
    )


def category_of(row: Row) -> str:
    """The key a row names: as `category`, or by edition, kind and code; "" and a problem where it cannot be known."""
    try:
        if row.get("category"):
            return str(read_category(row.get("category"), "category"))
        if not row.get("edition"):
            row.refuse(
                "edition",
                "edition_missing",
                "有代码时须注明所用版本，如 gbt30428.2-2013",
                "a code needs its edition, such as gbt30428.2-2013",
            )
            return ""
        code = row.get("major") + row.get("code")
        made = map_code(row.get("edition"), row.get("kind"), code, row.get("name") or None)
    except Invalid as error:
        row.refuse_as(error, error.field or "category")
        return ""
    if made.key is None:
        row.refuse("code", made.reason, made.zh, made.en)
        return ""
    return str(made.key)


def _category(row: Row, known: Mapping[str, Category]) -> str:
    key = category_of(row)
    if key and key not in known:
        row.refuse(
            "category", "unknown_category", f"没有此事项类别：{key}", f"there is no such category: {key}"
        )
    elif key and not known[key].in_force:
        row.refuse("category", "category_retired", f"该类别已停用：{key}", f"the category is retired: {key}")
    return key


def _limit(row: Row) -> Limit:
    try:
        return parse_limit(row.get("limit"))
    except Invalid as error:
        row.refuse_as(error, "limit")
        return Limit("work_day", 1)


def _number(row: Row, following: int) -> int:
    said = row.get("condition_no")
    if not said:
        return following
    number = int(said) if said.isascii() and said.isdigit() and len(said) <= 2 else 0
    if not number:
        row.refuse("condition_no", "bad_number", "应为 1 至 99", "must be 1 to 99")
    return number


def _evidence(row: Row) -> tuple[str, ...]:
    words = row.get("evidence").replace("、", " ").replace(",", " ").replace(";", " ").split()
    found = tuple(dict.fromkeys(_SLOTS_ZH.get(word, word.lower()) for word in words))
    if not set(found) <= set(SLOTS):
        row.refuse("evidence", "bad_evidence", "应为 before、after、check", "must be of before, after, check")
        return ()
    return found


def _lead(row: Row, key: str) -> tuple[str, str | None]:
    department = row.text("lead_department") or None
    owned = key.split(":")[1:2] == ["component"]
    rule = _word(
        row, "lead", LEADS, _LEADS_ZH, "department" if department else "owner" if owned else "territory"
    )
    if rule == "department" and department is None:
        row.refuse("lead_department", "missing", "缺少牵头部门", "the department that leads is missing")
    return rule, department if rule == "department" else None


def _word(row: Row, name: str, words: tuple[str, ...], zh: Mapping[str, str], absent: str) -> str:
    said = row.get(name).strip()
    word = zh.get(said, said.lower()) or absent
    if word not in words:
        known = ", ".join(words)
        row.refuse(name, "unknown_word", f"应为以下之一：{known}", f"must be one of {known}")
        return absent
    return word


def _refuse_repeated(found: list[StandardRow], rows: list[Row]) -> None:
    seen: dict[tuple[str, int], int] = {}
    problems = []
    for one, row in zip(found, rows, strict=True):
        first = seen.setdefault((one.category, one.condition_no), row.number)
        if first != row.number:
            zh = f"与第 {first} 行重复：{one.category} 第 {one.condition_no} 条"
            en = f"the same condition as in row {first}: {one.category} no. {one.condition_no}"
            problems.append(Problem(row.number, "condition_no", "repeated", zh, en, str(one.condition_no)))
    if problems:
        raise InvalidFile(problems, rows=len(rows))
