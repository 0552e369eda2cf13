"""Why a step is refused, in words: the codes are the database's."""

from __future__ import annotations

from gis.base.errors import Conflict, Forbidden, Invalid, NotFound, Stale, WanggeError

FORBIDDEN = {
    "forbidden": ("您没有权限执行此操作", "You may not take this step"),
    "not_your_step": (
        "此操作只能由承办部门、处置员或上报人本人执行",
        "Only the department, the handler or the reporter concerned takes this step",
    ),
    "same_person": (
        "经办人不能同时核实、核查、审批或关闭自己办理的事件",
        "Whoever did the work does not verify, inspect, decide on or close it",
    ),
}
CONDITIONS = {
    "in_time": ("overdue", "已超期，不能再申请", "It is overdue already"),
    "overdue": ("not_overdue", "未超期，无需申诉", "It is not overdue"),
    "has_department": ("no_department", "尚未派遣到部门", "No department has it"),
    "no_department": ("has_department", "已派遣到部门", "A department has it"),
    "has_holder": ("no_holder", "没有承办人", "Nobody has it"),
    "no_holder": ("has_holder", "已有承办人", "Somebody has it"),
    "bounces_below": (
        "bounced_out",
        "已多次退回，由上级裁定承办，不能再退回",
        "It was returned too often; the referee has decided who handles it",
    ),
    "rounds_below": ("too_many_rounds", "异议次数已满", "It was objected to too often"),
    "asked": ("nothing_asked", "没有待审批的申请", "Nothing was asked for that waits"),
    "not_asked": ("asked_already", "已有待审批的申请", "This was asked for and waits for its answer"),
    "level_above": ("no_level_above", "已是最高层级，不能再上报", "There is no level above"),
    "at_most": ("too_often", "次数已满", "This was done as often as it may be"),
    "untouched": (
        "receiver_acted",
        "只能由发出人撤回，且对方尚未处理",
        "Only the sender recalls, and only while the receiver has done nothing",
    ),
    "co_done": ("co_handling_open", "协办部门尚未全部反馈", "Not all who help have reported back"),
    "done": ("not_done", "必要的步骤尚未完成", "A step that must come before is missing"),
    "done_since_feedback": ("not_done", "必要的步骤尚未完成", "A step that must come before is missing"),
    "not_done": ("done_already", "此步骤已完成", "This is done already"),
    "merge_itself": ("merge_itself", "不能并入自己", "An event is not merged into itself"),
    "merge_chain": (
        "merge_chain",
        "其中一件已并入或并有其他事件，请先取消",
        "One of them is merged, or has others merged into it; undo that first",
    ),
    "merge_finished": (
        "merge_finished",
        "所并入的事件已办结",
        "The event it would be merged into is finished",
    ),
    "wrong_target": ("no_such_step", "当前状态下不能执行此操作", "The event is not in a state for this step"),
    "not_below": ("not_below", "只能分流到下级区域", "It may only be sent to an area below"),
    "sets_too_much": ("sets_too_much", "此操作不能更改这些内容", "This step may not change that"),
    "no_such_step": ("no_such_step", "当前状态下不能执行此操作", "The event is not in a state for this step"),
}
MISSING = {
    "text": ("text_required", "说明", "text"),
    "reason": ("reason_required", "理由", "reason"),
    "department": ("department_required", "承办部门", "department"),
    "departments": ("departments_required", "协办部门", "departments"),
    "handler": ("handler_required", "处置员", "handler"),
    "standard": ("standard_required", "立案标准", "standard"),
    "closure": ("closure_required", "结案说明", "closure"),
    "until": ("until_required", "截止日期", "until"),
    "card": ("card_required", "督办等级", "card"),
    "area": ("area_required", "区域", "area"),
    "into": ("into_required", "并入的事件", "into"),
    "score": ("score_required", "评分", "score"),
    "position": ("position_required", "位置", "position"),
}


def no_such_event() -> NotFound:
    """There is none, or not for this reader."""
    return NotFound("no_such_event", "没有这个事件", "There is no such event")


def stale(version: int) -> Stale:
    """The event has moved on since the sender saw it."""
    return Stale(
        "stale_version",
        "事件已被他人更新，请重新读取后再操作",
        "The event was changed meanwhile; read it again",
        version=version,
    )


def refusal(code: str, *, command: str, status: str | None = None) -> WanggeError:
    """The refusal a code of the database stands for; `facts` tell the condition and where the event stands."""
    facts = {"command": command} | ({"status": status} if status else {})
    if code == "no_such_event":
        return no_such_event()
    if code in FORBIDDEN:
        return Forbidden(code, *FORBIDDEN[code], **facts)
    told, zh, en = CONDITIONS[code.split(":", maxsplit=1)[0]]
    return Conflict(told, zh, en, **(facts | ({"needs": code} if ":" in code else {})))


def missing(name: str) -> Invalid:
    """A member the step requires and the command lacks; a photo by its slot."""
    if name.startswith("photo:"):
        slot = name.removeprefix("photo:")
        zh = {"before": "处置前", "after": "处置后", "check": "核查"}.get(slot, slot)
        return Invalid(
            "photo_required", f"缺少{zh}照片", f"A photo is required: {slot}", field="photos", slot=slot
        )
    code, zh, en = MISSING.get(name, (f"{name}_required", name, name))
    return Invalid(code, f"缺少{zh}", f"Required: {en}", field=name)
