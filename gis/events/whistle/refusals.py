"""What a refused whistle or step is told as: the codes of the database's functions as errors of the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gis.base.errors import Conflict, Forbidden, Invalid, NotFound, Stale, WanggeError

KINDS: dict[str, tuple[type[WanggeError], str, str, str | None]] = {
    "no_such_event": (NotFound, "没有这个事件", "There is no such event", "event"),
    "event_finished": (
        Conflict,
        "事件已办结，不能再吹哨",
        "The event is finished; no whistle is blown on it",
        "event",
    ),
    "no_blower_area": (
        Invalid,
        "该地点不属于可以吹哨的社区或街道",
        "The place belongs to no community or street that may blow",
        "geometry",
    ),
    "outside_scope": (Forbidden, "您无权为该地点所在的社区吹哨", "You may not blow for this place", "area"),
    "unknown_department": (Invalid, "没有这个部门", "There is no such department", "departments"),
    "already_whistled": (
        Conflict,
        "已就此事件向该部门吹哨，尚未办结",
        "A whistle on this event already calls this department",
        "departments",
    ),
    "no_such_whistle": (NotFound, "没有这个哨件", "There is no such whistle", None),
    "unknown_command": (
        Invalid,
        "没有这个操作，或该操作须指明部门",
        "There is no such command, or it needs a department",
        "command",
    ),
    "department_not_named": (
        NotFound,
        "此哨件未涉及该部门",
        "This whistle does not name the department",
        "department",
    ),
    "not_permitted": (
        Forbidden,
        "此操作不由您办理（吹哨人不能批准自己的哨件，部门不能评价自己）",
        "This step is not yours: nobody approves what they blew, nor rates their own department",
        "command",
    ),
    "stale_version": (
        Stale,
        "内容已被他人修改，请重新读取",
        "It was changed meanwhile; read it again",
        "If-Match",
    ),
    "wrong_state": (Conflict, "当前状态不能进行此操作", "This step cannot be taken from here", "command"),
    "missing": (Invalid, "缺少必填内容", "Something that this step requires is missing", None),
    "returned_too_often": (
        Conflict,
        "退回次数已达上限，请评哨",
        "It was given back as often as it may be; rate it",
        "command",
    ),
    "position_unsure": (
        Invalid,
        "定位不够准确，请到开阔处重试，或由社区确认到场",
        "The position is too uncertain; try in the open, or let the community confirm the arrival",
        "position.accuracy_m",
    ),
    "too_far": (
        Invalid,
        "离事发地点过远，不能确认到场",
        "Too far from the place to confirm the arrival",
        "position",
    ),
}


def refusal(told: Mapping[str, Any]) -> WanggeError:
    """The error a refusal of the database is told as; its facts come along."""
    facts = {name: value for name, value in told.items() if name != "refused"}
    code = told["refused"]
    kind, zh, en, field = KINDS[code]
    if code == "missing":
        field = str(facts["member"])
        zh, en = f"{zh}：{field}", f"{en}: {field}"
    return kind(code, zh, en, field=field, **facts)
