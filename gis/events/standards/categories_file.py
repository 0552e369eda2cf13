"""A table of categories: from its rows to categories, or every reason why not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from gis.base.errors import Invalid, InvalidFile, Problem
from gis.events.readers import read_category
from gis.events.standards.cells import Row, read_rows, refuse_bad
from gis.events.standards.mapping import map_code
from gis.events.standards.model import Category, CategoryRow

HEADS: Final[Mapping[str, tuple[str, ...]]] = {
    "scheme": ("体系", "分类体系"),
    "edition": ("版本", "标准版本", "编码版本"),
    "kind": ("类型",),
    "code": ("代码", "类别代码"),
    "parent": ("上级代码", "上级", "大类代码"),
    "name_zh": ("名称", "类别名称", "name"),
    "name_en": ("英文名称",),
    "source": ("来源", "依据"),
    "verified": ("已核对", "已与原文核对"),
    "valid_from": ("启用日期",),
    "valid_to": ("停用日期",),
    "replaces": ("替代",),
}
NEEDED: Final = ("scheme|edition", "kind", "code", "name_zh")
_SCHEME = re.compile(r"[a-z0-9][a-z0-9.\-]{0,31}", re.ASCII)
_KIND = re.compile(r"[a-z0-9][a-z0-9.\-]{0,15}", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9]{1,16}", re.ASCII)


def read_categories(data: bytes, suffix: str, known: Mapping[str, Category]) -> list[CategoryRow]:
    """The categories of a file; `known` are those there are, by key.

    A code of an older edition (`edition` instead of `scheme`) means the category it is today, which then gets the
    names of the file. Raises InvalidFile with every problem in the file.
    """
    rows = read_rows(data, suffix, HEADS, NEEDED)
    found = [_category(row, known) for row in rows]
    refuse_bad(rows)
    keys = {one.key for one in found}
    for one, row in zip(found, rows, strict=True):
        _check_place(row, one, known, keys)
    refuse_bad(rows)
    _refuse_repeated(found, rows)
    return found


def _category(row: Row, known: Mapping[str, Category]) -> CategoryRow:
    scheme, kind, code = _key(row)
    before = known.get(f"{scheme}:{kind}:{code}")
    return CategoryRow(
        scheme=scheme,
        kind=kind,
        code=code,
        name_zh=row.text("name_zh", needed=True),
        name_en=row.text("name_en") or (before.name_en if before and "name_en" not in row.cells else None),
        parent=_parent(row, before),
        source=row.text("source") or (before.source if before else ""),
        verified=row.flag("verified", absent=before.verified if before else False),
        valid_from=row.day("valid_from"),
        valid_to=row.day("valid_to"),
        replaces=_replaces(row, known),
    )


def _key(row: Row) -> tuple[str, str, str]:
    if row.get("edition") and not row.get("scheme"):
        try:
            made = map_code(row.get("edition"), row.get("kind"), row.get("code"))
        except Invalid as error:
            row.refuse_as(error, error.field or "code")
            return "", "", ""
        if made.key is None:
            row.refuse("code", made.reason, made.zh, made.en)
            return "", "", ""
        return made.key.scheme, made.key.kind, made.key.code
    for name, shape in (("scheme", _SCHEME), ("kind", _KIND), ("code", _CODE)):
        if not shape.fullmatch(row.get(name)):
            row.refuse(
                name,
                "bad_code",
                "体系、类型用小写字母、数字、点和连字符，代码用字母和数字",
                "scheme and kind: small letters, digits, dots, hyphens; code: letters and digits",
            )
    return row.get("scheme"), row.get("kind"), row.get("code")


def _parent(row: Row, before: Category | None) -> str | None:
    said = row.get("parent")
    if said and said != row.get("code"):
        return said
    return before.parent if before and not said else None


def _replaces(row: Row, known: Mapping[str, Category]) -> str | None:
    said = row.get("replaces")
    if not said:
        return None
    try:
        key = str(read_category(said, "replaces"))
    except Invalid as error:
        row.refuse_as(error, "replaces")
        return None
    if key not in known:
        row.refuse(
            "replaces", "unknown_category", f"没有此事项类别：{key}", f"there is no such category: {key}"
        )
    return key


def _check_place(row: Row, one: CategoryRow, known: Mapping[str, Category], keys: set[str]) -> None:
    """The family has to be there and to be one; a category is not its own family."""
    if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
        row.refuse("valid_to", "out_of_range", "停用日期早于启用日期", "retired before it begins")
    if one.replaces == one.key:
        row.refuse("replaces", "bad_category", "不能替代自己", "it cannot take its own place")
    if one.parent is None:
        return
    above = f"{one.scheme}:{one.kind}:{one.parent}"
    if above not in known and above not in keys:
        row.refuse("parent", "unknown_category", f"没有此上级：{above}", f"there is no such family: {above}")
    elif above in known and known[above].parent is not None:
        row.refuse(
            "parent", "not_a_family", f"上级本身有上级：{above}", f"the family is itself in a family: {above}"
        )


def _refuse_repeated(found: list[CategoryRow], rows: list[Row]) -> None:
    seen: dict[str, int] = {}
    problems = []
    for one, row in zip(found, rows, strict=True):
        first = seen.setdefault(one.key, row.number)
        if first != row.number:
            zh, en = f"与第 {first} 行重复：{one.key}", f"the same as row {first}: {one.key}"
            problems.append(Problem(row.number, "code", "repeated", zh, en, one.code))
    if problems:
        raise InvalidFile(problems, rows=len(rows))
