"""Which matters the demo shows, and the steps they have come through: every lawful state, by the steps of real people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Matter:
    """What was reported, and what its pictures show."""

    category: str
    text: str
    scene: str


Steps = tuple[str, dict[str, Any]]
Course = tuple[Steps, ...]
MATTERS = (
    Matter("gbt47678.5-2026:matter:06001", "楼顶正在搭建彩钢棚，施工噪声大", "shed"),
    Matter("gbt47678.5-2026:matter:06010", "垃圾桶满溢，周边有异味", "rubbish"),
    Matter("gbt47678.5-2026:component:01001", "人行道上井盖松动，有人绊倒", "manhole"),
    Matter("gbt47678.5-2026:matter:06010", "绿地内有人倾倒装修废料", "debris"),
)
WIRES = Matter("gov-s:request:S0202", "单元门口有人飞线给电动车充电", "wires")
QUARREL = Matter("gov-s:request:S0101", "楼上漏水，两家协商不成", "leak")

ACCEPT: Steps = ("acceptor_street accept", {})
VERIFY: Course = (
    ("acceptor_street send_verification", {}),
    ("supervisor verify", {"text": "现场属实", "near": True}),
)
FILE: Steps = ("acceptor_street file", {"condition": 1})
SEND: Steps = ("dispatcher_street dispatch", {"department": True})
SIGN: Steps = ("inbox sign", {})
DONE: Steps = ("handler feedback", {"text": "已处理完毕", "photos": ("after",)})
CHECK: Steps = ("acceptor_street send_inspection", {})
PASS: Steps = ("supervisor pass_inspection", {"text": "现场已恢复", "photos": ("check",), "near": True})
FAIL: Steps = (
    "supervisor fail_inspection", {"text": "仍有残留", "reason": "未清理干净", "photos": ("check",), "near": True},
)  # fmt: skip
CLOSE: Steps = (
    "acceptor_street close",
    {
        "outcome": "fixed",
        "closure": True,
        "reply": "已清理完毕并复查，谢谢您的反映。",
    },
)
HANDLED = (ACCEPT, FILE, SEND, SIGN)
INSPECTED = (*HANDLED, DONE, CHECK)
CLOSED = (*INSPECTED, PASS, CLOSE)
MERGE: Course = (("acceptor_street merge", {"reason": "同一处同一事"}),)
SPOT: dict[str, Any] = {"text": "已劝导并当场清理", "photos": ("before", "after"), "near": True}
ON_THE_SPOT: Course = (("grid_worker self_handle", SPOT),)
UNSENT: Course = (("grid_worker self_handle", {**SPOT, "unsent": True}),)


@dataclass(frozen=True, slots=True)
class Play:
    """How many matters take a course. `back`: days before; `merged`: into the same matter at the same
    place, reported before; `until`: others are tried, `TRIES` at most, until one stays in this state, as a draw decides.
    """

    count: int
    course: Course = ()
    back: bool = False
    merged: bool = False
    until: str | None = None


PLAYS = (
    Play(5),
    Play(1, MERGE, merged=True),
    Play(2, (ACCEPT,)),
    Play(2, (ACCEPT, VERIFY[0])),
    Play(1, (ACCEPT, *VERIFY)),
    Play(2, (ACCEPT, FILE)),
    Play(3, (ACCEPT, FILE, SEND)),
    Play(3, HANDLED),
    Play(2, HANDLED, back=True),
    Play(1, (*HANDLED, ("inbox assign", {"handler": "handler"}))),
    Play(1, (*HANDLED, ("inbox request_extension", {"reason": "配件需从外地调运，请求延期"}))),
    Play(1, (
        *HANDLED, ("inbox request_extension", {"reason": "需停水施工，请求延期"}),
        ("shift_lead_street grant_extension", {}),
    )),
    Play(1, (
        *HANDLED, ("inbox request_suspension", {"reason": "等待产权单位确认", "days": 14}),
        ("shift_lead_street suspend", {"days": 14}),
    )),
    Play(1, (*HANDLED, ("shift_lead_street supervise", {"card": "yellow", "text": "居民多次催问，请尽快办理"}))),
    Play(1, (ACCEPT, FILE, SEND, ("inbox refuse", {"reason": "不属于本部门职责"}))),
    Play(2, (*HANDLED, DONE)),
    Play(3, INSPECTED),
    Play(1, (*INSPECTED, FAIL)),
    Play(1, (*INSPECTED, PASS)),
    Play(2, CLOSED),
    Play(1, (*INSPECTED, FAIL, DONE, CHECK, PASS, CLOSE)),
    Play(2, (*CLOSED, ("resident rate", {"score": 5, "solved": "yes", "text": "当天就来了，处理得干净"}))),
    Play(1, (*CLOSED, ("resident rate", {"score": 2, "solved": "partly", "text": "清了一半又堆上了"}))),
    Play(1, (*CLOSED, ("acceptor_street call_back", {
        "text": "电话回访，来电人表示已解决", "reached": True, "answered": True, "solved": "yes", "satisfied": True,
    }))),
    Play(1, (*CLOSED, ("resident object", {"reason": "现场并未清理，请重新处理"}))),
    Play(1, (("acceptor_street reject", {
        "reason": "不属于受理范围，已告知拨打供电热线", "reply": "此事由供电部门负责，请拨打供电热线，他们会派人查看。",
    }),)),
    Play(1, (ACCEPT, ("acceptor_street cancel", {"reason": "现场核对后确认无此问题"}))),
)  # fmt: skip
"""Matters of urban management (数字城管)."""
SELF_HANDLED = (
    Play(1, ON_THE_SPOT),
    Play(1, (*ON_THE_SPOT, CHECK)),
    Play(1, UNSENT, until="self_handled"),
)
"""What the grid worker saw and handled on the spot, with pictures before and after; once they have not come yet."""
WHISTLED = 7
"""Matters of grid governance (综治网格) that the community whistled for; see `demo_whistles`."""
GOVERNED = (
    Play(1, (("secretary accept", {}), ("secretary assign", {"handler": "grid_worker"}))),
    Play(1, (("secretary accept", {}), ("secretary escalate", {"reason": "涉及多户用电安全，超出社区权限"}))),
    Play(1, (
        ("secretary accept", {}), ("secretary assign", {"handler": "grid_worker"}),
        ("grid_worker feedback", {"text": "已移出并拆线", "photos": ("after",)}),
    )),
)  # fmt: skip
"""Matters of grid governance in the hands of the community."""
ALL = (*PLAYS, *SELF_HANDLED, *GOVERNED)
TRIES = 6
MATTER_COUNT = sum(play.count for play in ALL) + WHISTLED
MOST_MATTERS = MATTER_COUNT + TRIES - 1
