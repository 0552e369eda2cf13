"""Why a step is refused, in words: the codes are the database's."""

from __future__ import annotations

from collections.abc import Sequence

from gis.base.errors import Conflict, Forbidden, Invalid, NotFound, Stale, WanggeError
from gis.events.model import STATUS_LABELS, Status
from gis.events.workflow.model import EventState
from gis.events.workflow.words import slot_words, step_words

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
    "outside_scope": (
        "更正后的位置不在您的权限范围内；请“上报上级”，或由同时管辖两地的上级更正",
        "The place it would be moved to is outside what you decide on; escalate it instead, or have it moved by"
        " the level that has both places",
    ),
}
FINISHED = frozenset({"closed", "rejected", "cancelled", "merged"})
# What a condition is about stands in braces: {step} it names, {most} how often, {command} that is refused.
CONDITIONS = {
    "in_time": (
        "overdue",
        "已超过时限，不能再“{command}”；超期有理由的，结案后可以申诉",
        "Its limit has passed, so “{command}” is not possible; with good reason one may appeal once it is closed",
    ),
    "overdue": (
        "not_overdue",
        "未超期，无需申诉",
        "It is not overdue, so there is nothing to appeal against",
    ),
    "has_department": (
        "no_department",
        "尚未派遣到部门；请先派遣",
        "No department has it; dispatch it to one first",
    ),
    "no_department": ("has_department", "已派遣到部门，由该部门办理", "A department has it, and handles it"),
    "has_holder": ("no_holder", "没有承办人；请先派遣或指派", "Nobody has it; dispatch or assign it first"),
    "no_holder": ("has_holder", "已有承办人", "Somebody has it"),
    "bounces_below": (
        "bounced_out",
        "已多次退回，由上级裁定承办，不能再退回",
        "It was returned too often; the referee has decided who handles it",
    ),
    "rounds_below": (
        "too_many_rounds",
        "异议次数已满（最多 {most} 轮）；请向上级部门反映",
        "It was objected to as often as it may be ({most} rounds); turn to the authority above",
    ),
    "asked": (
        "nothing_asked",
        "没有待审批的“{step}”",
        "No “{step}” waits for a decision",
    ),
    "not_asked": (
        "asked_already",
        "“{step}”已提出，正在等待审批",
        "“{step}” was sent already and waits for its answer",
    ),
    "level_above": ("no_level_above", "已是最高层级，不能再上报", "There is no level above"),
    "at_most": (
        "too_often",
        "“{step}”每轮最多 {most} 次，次数已满",
        "“{step}” may be done at most {most} times a round, and was",
    ),
    "untouched": (
        "receiver_acted",
        "只能由发出人撤回，且对方尚未处理",
        "Only the sender recalls, and only while the receiver has done nothing",
    ),
    "co_done": (
        "co_handling_open",
        "协办部门尚未全部“协办反馈”；等其反馈后再“{command}”，不再需要的由派遣人“撤销协办”",
        "Not all who help have reported back; once they have, “{command}” is possible; who is not needed any more is"
        " released by whoever dispatches",
    ),
    "co_open": (
        "nobody_helping",
        "没有尚未反馈的协办部门",
        "No department that was asked to help has yet to report back",
    ),
    "not_helping": (
        "not_helping",
        "所选部门中有的不在协办，或已经协办反馈",
        "One of these departments was not asked to help, or has reported back already",
    ),
    "done": (
        "not_done",
        "尚未“{step}”；请先由有权限的人员“{step}”，再“{command}”",
        "Not done yet: “{step}”. Whoever may has to do that first, then “{command}”",
    ),
    "done_since_feedback": (
        "not_done",
        "处置反馈之后尚未“{step}”；请先“{step}”，再“{command}”",
        "Not done since the handler reported done: “{step}”. Do that first, then “{command}”",
    ),
    "caller_discontent": (
        "caller_discontent",
        "回访时来电人不满意或未解决，不能“{command}”；请返工（核查不通过），再次回访满意后结案，或由审批人强制结案",
        "Called back, the caller was not content or it is not solved, so “{command}” is not possible; have it done"
        " again (fail inspection), close it once a later call finds them content, or have an approver force it",
    ),
    "not_done": (
        "done_already",
        "已经“{step}”，不能再“{command}”",
        "“{step}” is done already, so “{command}” is not possible any more",
    ),
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
    "wrong_target": (
        "no_such_step",
        "当前状态下不能“{command}”",
        "The event is not in a state for “{command}”",
    ),
    "not_below": ("not_below", "只能分流到下级区域", "It may only be sent to an area below"),
    "sets_too_much": ("sets_too_much", "此操作不能更改这些内容", "This step may not change that"),
    "no_such_step": (
        "no_such_step",
        "当前状态下不能“{command}”",
        "The event is not in a state for “{command}”",
    ),
}
# A condition about one command that has words of its own.
PARTICULAR = {
    "at_most:rate": (
        "rated_already",
        "这一轮办理已经评价过，每轮只能评价一次；仍不满意的，可以提出异议",
        "This round has been rated, and is rated once; whoever is not content may object",
    ),
    "at_most:appeal": (
        "too_often",
        "本轮已经申诉过，每轮只能申诉一次",
        "An appeal was made in this round; there is one a round",
    ),
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
    "reply": ("reply_required", "给上报人的答复", "a reply to who reported"),
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
    word, about, most = [*code.split(":"), "", ""][:3]
    told, zh, en = PARTICULAR.get(f"{word}:{about}", CONDITIONS[word])
    facts |= ({"needs": code} if ":" in code else {}) | (
        {"step": about} if about and not about.isdigit() else {}
    )
    names = {"step": step_words(about), "command": step_words(command)}
    count = most or about
    return Conflict(
        told,
        zh.format(most=count, **{name: words[0] for name, words in names.items()}),
        en.format(most=count, **{name: words[1] for name, words in names.items()}),
        **facts,
    )


def not_now(command: str, state: EventState, taken_from: Sequence[tuple[str, str, str]]) -> Conflict:
    """An event that is in no state for a command: where it stands, and in which states the command is taken."""
    zh, en = step_words(command)
    here_zh, here_en = STATUS_LABELS[Status(state.status)]
    if command == "object" and state.round > 1 and state.status not in FINISHED:
        return Conflict(
            "objection_open",
            f"异议已经受理，正在重新办理（第 {state.round} 轮，{here_zh}）；办结后仍不满意，可以再提",
            f"An objection is being dealt with already (round {state.round}, {here_en}); once that is closed there may"
            " be another",
            command=command,
            status=state.status,
            round=state.round,
        )
    where = "、".join(label for _, label, _ in taken_from), ", ".join(label for _, _, label in taken_from)
    return Conflict(
        "no_such_step",
        f"事件现为“{here_zh}”，不能“{zh}”；"
        + (f"此操作在以下状态进行：{where[0]}" if taken_from else "流程中没有这一步"),
        f"The event is “{here_en}”, where “{en}” is not possible; "
        + (f"it is taken from: {where[1]}" if taken_from else "its workflow has no such step"),
        command=command,
        status=state.status,
        taken_from=[status for status, _, _ in taken_from],
    )


def missing(name: str) -> Invalid:
    """A member the step requires and the command lacks; a photo by its slot."""
    if name.startswith("photo:"):
        slot = name.removeprefix("photo:")
        zh, en = slot_words(slot)
        return Invalid(
            "photo_required", f"缺少{zh}照片", f"A photo is required: {en}", field="photos", slot=slot
        )
    code, zh, en = MISSING.get(name, (f"{name}_required", name, name))
    return Invalid(code, f"缺少{zh}", f"Required: {en}", field=name)
