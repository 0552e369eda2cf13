"""What is wrong with a template, found before any event follows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gis.events.model import FINISHED, Status
from gis.events.workflow.members import DATA, members_of

FIRST = "reported"
COMMANDS = frozenset({
    "accept", "reject", "cancel", "send_verification", "verify", "file", "dispatch", "sign", "refuse",
    "return", "assign", "recall", "feedback", "send_inspection", "pass_inspection", "fail_inspection",
    "close", "force_close", "self_handle", "escalate", "send_down", "request_extension",
    "grant_extension", "deny_extension", "request_suspension", "suspend", "deny_suspension", "resume",
    "urge", "supervise", "co_handle", "co_release", "co_feedback", "appeal", "grant_appeal", "deny_appeal", "merge",
    "unmerge", "object", "call_back", "rate", "correct", "note",
})  # fmt: skip
PERMISSIONS = frozenset({
    "events.read", "events.accept", "events.dispatch", "events.handle", "events.self_handle",
    "events.inspect", "events.approve", "events.supervise",
})  # fmt: skip
PARTIES = frozenset(["department", "holder", "handler", "co_department", "reporter", "parent", "system"])
NEEDS = {
    "in_time": 0, "overdue": 0, "has_department": 0, "no_department": 0, "has_holder": 0, "no_holder": 0,
    "level_above": 0, "untouched": 0, "co_done": 0, "co_open": 0, "bounces_below": 1, "rounds_below": 1, "asked": 1,
    "not_asked": 1, "done": 1, "not_done": 1, "done_since_feedback": 1, "at_most": 2,
}  # fmt: skip
REQUIRES = frozenset({
    "text", "reason", "department", "departments", "handler", "standard", "closure", "until", "card",
    "area", "into", "score", "reply", "photo:before", "photo:after", "photo:check", "photo:other",
})  # fmt: skip
# What a command cannot do without, whatever the template says: the database reads it.
INPUTS = {
    "dispatch": "department", "assign": "handler", "supervise": "card", "merge": "into", "send_down": "area",
    "co_handle": "departments", "co_release": "departments", "suspend": "until",
}  # fmt: skip
# Several edges of one command from one state, to states that the event itself decides between.
BACK = frozenset({"resume", "unmerge", "recall"})
DECIDING = frozenset({"has_holder", "no_holder", "has_department", "no_department"})
WORKED = frozenset({"handler", "feedback"})
Found = Iterator[tuple[str, str, str]]


def lint(template: Mapping[str, Any]) -> list[dict[str, str]]:
    """Every fault: `code`, `detail` (Chinese), `detail_en`. A template without any may be followed."""
    states = {state["status"]: state for state in template["states"]}
    edges = template["edges"]
    found = [
        *_words(states, edges),
        *_paths(states, edges),
        *_waiting(states, edges),
        *_checked(edges),
    ]
    if len(states) != len(template["states"]):
        found.append(("state_twice", "状态重复", "a state is named twice"))
    return [{"code": code, "detail": zh, "detail_en": en} for code, zh, en in found]


def _name(edge: Mapping[str, Any]) -> str:
    return f"{edge['command']}: {edge['from']} → {edge['to']}"


def _words(states: Mapping[str, Any], edges: list[dict[str, Any]]) -> Found:
    """Commands, permissions, parties, conditions and inputs that nobody knows."""
    for edge in edges:
        name = _name(edge)
        unknown = [
            *({edge["command"]} - COMMANDS),
            *({edge["from"], edge["to"]} - set(states)),
            *({edge["permission"]} - PERMISSIONS - {None}),
            *({edge["party"]} - PARTIES - {None}),
            *(set(edge["not_by"]) - COMMANDS - {"handler", "report"}),
            *(set(edge["requires"]) - REQUIRES),
            *(need for need in edge["needs"] if not _known(need)),
        ]
        for word in unknown:
            yield "unknown_word", f"{name} 中有未知的词：{word}", f"{name} has an unknown word: {word}"
        if edge["permission"] is None and edge["party"] not in {"reporter", "system"}:
            yield "nobody_may", f"{name} 未说明谁可以执行", f"{name} does not say who may"
        for word in sorted(set(edge["requires"]) & DATA - members_of(edge["command"])):
            yield (
                "not_taken",
                f"{name} 要求 {word}，但该命令不用它",
                f"{name} requires {word}, which it does not take",
            )
        needed = INPUTS.get(edge["command"])
        if needed is not None and needed not in edge["requires"]:
            yield "input_missing", f"{name} 应要求 {needed}", f"{name} has to require {needed}"


def _known(need: str) -> bool:
    word, *rest = need.split(":")
    if NEEDS.get(word) != len(rest):
        return False
    if word in {"bounces_below", "rounds_below"}:
        return rest[0].isdecimal() and len(rest[0]) < 4
    return all(part in COMMANDS or (part.isdecimal() and len(part) < 4) for part in rest)


def _paths(states: Mapping[str, Any], edges: list[dict[str, Any]]) -> Found:
    """States nobody reaches, states nobody leaves, steps that lead to two places, finished events that go on."""
    if FIRST not in states:
        yield "no_beginning", "缺少状态 reported", "the state reported is missing"
        return
    ways = [(edge["from"], edge["to"]) for edge in edges]
    for status in sorted(set(states) - _reached(ways)):
        yield "unreachable", f"无法到达的状态：{status}", f"a state that is never reached: {status}"
    ending = {status for status in states if Status(status) in FINISHED}
    alive = _reached([(to, start) for start, to in ways], ending)
    for status in sorted(set(states) - alive):
        yield "dead_end", f"无法结束的状态：{status}", f"a state from which nothing ends: {status}"
    targets: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for edge in edges:
        targets.setdefault((edge["command"], edge["from"]), []).append(edge)
    for (command, start), several in targets.items():
        decided = all(DECIDING & set(edge["needs"]) for edge in several)
        if len(several) > 1 and (
            (command not in BACK and not decided) or len({e["to"] for e in several}) != len(several)
        ):
            yield (
                "two_targets",
                f"{command} 从 {start} 通向多个状态",
                f"{command} leads from {start} to several states",
            )


def _reached(ways: list[tuple[str, str]], found: set[str] | None = None) -> set[str]:
    seen = {FIRST} if found is None else set(found)
    while more := {to for start, to in ways if start in seen} - seen:
        seen |= more
    return seen


def _waiting(states: Mapping[str, Any], edges: list[dict[str, Any]]) -> Found:
    """Every state that is not an end waits for somebody: it says how long, and what the system does then."""
    by_system = {(edge["command"], edge["from"]) for edge in edges if edge["by_system"]}
    for status, state in states.items():
        limit = [state.get(name) for name in ("stage", "limit_value", "limit_kind", "timeout")]
        if Status(status) in FINISHED:
            if any(value is not None for value in limit):
                yield "end_waits", f"已结束的状态不应有时限：{status}", f"an end has no limit: {status}"
            continue
        if any(value is None for value in limit):
            yield "no_timeout", f"等待状态缺少时限与超时处理：{status}", f"{status} waits without a limit"
        elif (state["timeout"], status) not in by_system:
            yield (
                "timeout_impossible",
                f"超时命令 {state['timeout']} 不能由系统在 {status} 执行",
                f"the system cannot take {state['timeout']} from {status}",
            )


def _checked(edges: list[dict[str, Any]]) -> Found:
    """Whoever did the work never says that it is done well, whatever a city would like."""
    for edge in edges:
        judges = edge["command"] in {"pass_inspection", "fail_inspection", "force_close"} or (
            edge["command"] == "close" and edge["from"] in {"feedback", "inspecting"}
        )
        if judges and not set(edge["not_by"]) >= WORKED:
            name = _name(edge)
            yield (
                "self_check",
                f"{name} 不得由经办人执行",
                f"{name} must not be taken by whoever did the work",
            )
        if (
            edge["command"] == "close"
            and edge["from"] == "self_handled"
            and "self_handle" not in edge["not_by"]
        ):
            yield (
                "self_check",
                "自行处置不得由本人结案",
                "nobody closes what they handled on the spot themselves",
            )
        if edge["command"] == "verify" and edge["to"] not in {"verified", "accepted"}:
            yield "verified_late", "核实应在立案之前", "verification comes before filing"
