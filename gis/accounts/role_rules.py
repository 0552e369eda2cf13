"""What a grant must be like: in the right kind of place, with an end or with categories where its role asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from gis.accounts import admin_store
from gis.accounts.model import NewGrant, RoleRow
from gis.accounts.reach import area_named
from gis.accounts.texts import read_text
from gis.base.errors import Invalid

Paths = Sequence[tuple[int, ...]]


def read_grant_wanted(session: Session, wanted: NewGrant) -> tuple[dict[str, Any], bool, Paths]:
    """The columns of the grant, whether its role is privileged, and the paths it reaches.

    Raises Invalid `unknown_role`, `grant_place`, `unknown_area`, `grant_level`, `unknown_department`,
    `grant_categories`, `unknown_category`, `grant_dates`.
    """
    role = _role(session, wanted.role)
    area_id, department_id, paths = _place(session, role, wanted)
    values = {"role": role.code, "area": area_id, "department": department_id}
    return values | _categories(session, role, wanted) | _dates(session, role, wanted), role.privileged, paths


def _role(session: Session, code: str) -> RoleRow:
    found = admin_store.roles(session, read_text(code, "role"))
    if not found:
        raise Invalid("unknown_role", f"没有这个角色：{code}", f"There is no such role: {code}", field="role")
    return found[0]


def _place(session: Session, role: RoleRow, wanted: NewGrant) -> tuple[int | None, int | None, Paths]:
    in_area = role.held_in == "area"
    if (wanted.area is not None) != in_area or (wanted.department is not None) == in_area:
        kind = ("区域", "an area") if in_area else ("部门", "a department")
        raise Invalid(
            "grant_place",
            f"「{role.name_zh}」须在{kind[0]}中任职",
            f"The role {role.name_en} is held in {kind[1]}",
            field="area" if in_area else "department",
        )
    return (
        _in_area(session, role, wanted.area)
        if wanted.area
        else _in_department(session, wanted.department or "")
    )


def _in_area(session: Session, role: RoleRow, code: str) -> tuple[int, None, Paths]:
    area = area_named(session, code, "area")
    if area.level not in role.levels:
        raise Invalid(
            "grant_level",
            f"「{role.name_zh}」不在此级别的区域任职",
            f"The role {role.name_en} is not held at this level",
            field="area",
            levels=list(role.levels),
        )
    return area.id, None, [area.path]


def _in_department(session: Session, code: str) -> tuple[None, int, Paths]:
    department_id = admin_store.department(session, read_text(code, "department"))
    if department_id is None:
        raise Invalid(
            "unknown_department",
            f"没有这个部门：{code}",
            f"There is no such department: {code}",
            field="department",
        )
    [reach] = admin_store.held(session, None, department_id)
    return None, department_id, reach.paths


def _categories(session: Session, role: RoleRow, wanted: NewGrant) -> dict[str, Any]:
    if role.limited != bool(wanted.categories):
        zh = "须限定事项类别" if role.limited else "不限定事项类别"
        en = "is bounded to categories" if role.limited else "is not bounded to categories"
        raise Invalid(
            "grant_categories", f"「{role.name_zh}」{zh}", f"The role {role.name_en} {en}", field="categories"
        )
    found = []
    for key in wanted.categories:
        category = admin_store.category(session, read_text(key, "categories"))
        if category is None:
            raise Invalid(
                "unknown_category",
                f"没有此事项类别：{key}",
                f"There is no such category: {key}",
                field="categories",
            )
        found.append(category)
    return {"categories": sorted(set(found)) or None}


def _dates(session: Session, role: RoleRow, wanted: NewGrant) -> dict[str, Any]:
    today = admin_store.today(session)
    begins, ends = wanted.valid_from or today, wanted.valid_to
    if ends is None and role.dated:
        raise Invalid(
            "grant_dates",
            f"「{role.name_zh}」须有结束日期",
            f"The role {role.name_en} has a last day",
            field="valid_to",
        )
    if ends is not None and (ends < begins or ends < today):
        raise Invalid(
            "grant_dates",
            "结束日期不能早于开始日期或今天",
            "The last day is not before the first, nor before today",
            field="valid_to",
        )
    return {"valid_from": begins, "valid_to": ends}
