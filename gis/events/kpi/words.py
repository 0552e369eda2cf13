"""What the indicators are called, and what each is made of: the words beside every number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Words(NamedTuple):
    """A name, and the formula with the day it is attributed to."""

    zh: str
    en: str
    of_zh: str = ""
    of_en: str = ""

    def told(self, *, english: bool) -> str:
        """The name in one of the two languages."""
        return self.en if english else self.zh


BY_OPENING = Words("按上报日归集", "attributed to the day of the report")
BY_DEADLINE = Words("按到期日归集", "attributed to the day the stage was due")
BY_ANSWER = Words(
    "评价按办结日归集，回访按回访日归集",
    "ratings by the day of closing, call-backs by the day of the call",
)
BY_WHISTLE = Words("按吹哨日归集", "attributed to the day the whistle was blown")

FLOW: Final[Mapping[str, Words]] = {
    "reported": Words("上报", "Reported"),
    "accepted": Words("受理", "Accepted"),
    "verified": Words("核实", "Verified"),
    "filed": Words("立案", "Filed"),
    "self_handled": Words("自行处置", "Handled on the spot"),
    "rejected": Words("不予受理", "Not accepted"),
    "cancelled": Words("作废", "Cancelled"),
    "merged": Words("并案", "Merged"),
    "dispatched": Words("派遣", "Dispatched"),
    "returned": Words("退回或拒签过", "Returned or refused"),
    "handled": Words("处置完成", "Handled"),
    "reworked": Words("返工过", "Reworked"),
    "closed": Words("结案", "Closed"),
    "objected": Words("有异议", "Objected to"),
    "extended": Words("延期过", "Extended"),
    "suspended": Words("挂账过", "Suspended"),
    "urged": Words("催办过", "Urged"),
    "valid": Words("有效", "Valid"),
    "invalid": Words("无效", "Invalid"),
}
STAGES: Final[Mapping[str, Words]] = {
    "total": Words("全程", "Whole"),
    "accept": Words("受理", "Accepting"),
    "verify": Words("核实", "Verifying"),
    "file": Words("立案", "Filing"),
    "dispatch": Words("派遣", "Dispatching"),
    "sign": Words("签收", "Signing for"),
    "handle": Words("处置", "Handling"),
    "inspect": Words("核查", "Inspecting"),
    "check": Words("反馈审核", "Checking the feedback"),
}
PARTS: Final[Mapping[str, Words]] = {
    "due": Words("应办", "Due", "截至时刻已到期", "due by now"),
    "done": Words("完成", "Done", "其中已完成", "of these, done"),
    "in_time": Words("按时", "In time", "其中到期前完成", "of these, done by the deadline"),
    "late": Words("超时", "Late", "到期后完成，或到期仍未完成", "done late, or still open past the deadline"),
    "running": Words("在办", "Running", "未到期，不进入任何分母", "not due yet; in no denominator"),
}
RATES: Final[Mapping[str, Words]] = {
    "valid_report_rate": Words(
        "有效上报率", "Valid reports",
        "有效 / (有效 + 无效)；重复并案、不予受理、作废为无效，未定的不计",
        "valid / (valid + invalid); merged, rejected and cancelled are invalid, undecided ones are left out",
    ),
    "filing_rate": Words("立案率", "Filing rate", "立案 / 受理", "filed / accepted"),
    "dispatch_accuracy": Words(
        "派遣准确率", "Accurate dispatch", "未被退回或拒签的 / 派遣", "never returned or refused / dispatched"
    ),
    "handling_rate": Words("处置率", "Handling rate", "处置完成 / 派遣", "handled / dispatched"),
    "rework_rate": Words(
        "返工率", "Rework", "至少返工一次的 / 处置完成；越低越好", "reworked at least once / handled; lower is better"
    ),
    "self_handled_rate": Words(
        "自行处置率", "Handled on the spot", "自行处置 / 有效", "handled on the spot / valid"
    ),
    "closing_rate_of_cohort": Words(
        "本期上报结案率", "Closed of those reported", "结案 / 有效（同一批上报）", "closed / valid, of the same reports"
    ),
    "objection_rate": Words(
        "异议率", "Objections", "有异议 / 结案；越低越好", "objected to / closed; lower is better"
    ),
}  # fmt: skip
VOICES: Final[Mapping[str, Words]] = {
    "rated_share": Words("评价回收率", "Share that rated", "已评价 / 办结", "rated / closed"),
    "rated_satisfied": Words(
        "满意率（评价）", "Satisfied (ratings)", "满意 / 已评价；未评价不计", "satisfied / rated; silence is left out"
    ),
    "rated_solved": Words(
        "解决率（评价）", "Solved (ratings)", "已解决 / 答复了是否解决的", "solved / those who said"
    ),
    "reached_share": Words("回访接通率", "Share reached", "接通 / 回访", "reached / called"),
    "called_answered": Words(
        "响应率（回访）", "Answered (call-backs)", "已得到答复 / 说明了的", "got an answer / those who said"
    ),
    "called_solved": Words(
        "解决率（回访）", "Solved (call-backs)", "已解决 / 说明了的", "solved / those who said"
    ),
    "called_satisfied": Words(
        "满意率（回访）", "Satisfied (call-backs)", "满意 / 说明了的", "satisfied / those who said"
    ),
}  # fmt: skip
WHISTLES: Final[Mapping[str, Words]] = {
    "answered": Words("吹哨响应率", "Whistles answered", "按时接哨 / 应接哨", "accepted in time / due to accept"),
    "arrived": Words("到场率", "Arrived on site", "按时到场 / 应到场", "arrived in time / due to arrive"),
    "solved": Words("吹哨解决率", "Whistles solved", "解决 / 应办结", "solved / due to be resolved"),
}  # fmt: skip
