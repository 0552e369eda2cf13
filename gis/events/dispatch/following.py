"""What dispatch makes of a step: it decides after a filing, remembers who overrode what, guards what is sent down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from gis.base.errors import Conflict, Invalid, WanggeError
from gis.base.worktime_calendar import ZONE
from gis.events.dispatch import decided, store
from gis.events.dispatch.decide import decide
from gis.events.dispatch.model import Decision, Facts, Rule, Target
from gis.events.dispatch.moments import moment_of
from gis.events.dispatch.reading import CODE, answer_text, read_rules
from gis.events.dispatch.store import Known
from gis.events.workflow.model import Step
from gis.events.workflow.service import take_as_system

WAITING = "filed"
"""Where an event waits for somebody to dispatch it."""
BY_ITSELF = ("file", "correct")
"""Steps after which a rule may dispatch; what a department gave back is a person's to send on."""
MOST_ANSWERS, LONGEST = 20, 80


def follow(session: Session, step: Step) -> None:
    """Follow a step inside its transaction."""
    if step.command.name == "send_down":
        refuse_unadmitted(session, step)
    elif step.command.name == "dispatch":
        _remember(session, step)
    elif (step.edge.to_status == WAITING and step.edge.from_status != WAITING) or (
        step.command.name == "correct" and step.edge.to_status == WAITING
    ):
        _decide(session, step)


def facts_of(found: Known, step: Step, given: Mapping[str, Any], session: Session) -> Facts:
    """The facts of an event at a step; answers and owner are the command's, else those of the decision before."""
    before = found.inputs or {}
    answers = _answers(given) if "answers" in given else dict(before.get("answers") or {})
    named = next((given[key] for key in ("owner", "keeper") if given.get(key)), None)
    owner = before.get("owner") if named is None else _owner(named)
    moment = moment_of(step.at, store.hours(session, list(found.places.values()), step.at))
    return Facts(found.categories, dict(found.places), moment, found.urgency, found.source, answers, owner)


def _answers(given: Mapping[str, Any]) -> dict[str, str]:
    answers = given["answers"]
    good = isinstance(answers, Mapping) and len(answers) <= MOST_ANSWERS
    if not good or not all(
        CODE.fullmatch(str(key)) and isinstance(value, str | int | bool) and len(str(value)) <= LONGEST
        for key, value in answers.items()
    ):
        raise Invalid(
            "bad_answers", "问题与答案应为短文字", "questions and answers are short texts", field="answers"
        )
    return {str(key): answer_text(value) for key, value in answers.items()}


def _owner(named: object) -> str:
    if not isinstance(named, str) or len(named) > LONGEST:
        raise Invalid(
            "bad_owner", "权属单位应为部门编码", "the owner is the code of a department", field="owner"
        )
    return named


def _decide(session: Session, step: Step) -> None:
    """Decide where a filed event goes; carry it out, propose it, or raise an alarm, and keep why."""
    event = step.command.event_id
    found = store.known(session, event)
    if found is None:
        return
    facts = facts_of(found, step, step.command.data, session)
    active = store.active_set(session, list(found.places.values()))
    rules, broken = readable(active.rules) if active else ([], [])
    decision = (
        decide(rules, facts, store.departments(session))
        if active
        else Decision(None, None, facts.as_dict(), alarm="no_rule_set")
    )
    for code in broken:
        _alarm(session, step, "broken_rule", active.id if active else None, code, facts, "")
    if decision.alarm:
        rule = decision.rule.code if decision.rule else ""
        _alarm(session, step, decision.alarm, active.id if active else None, rule, facts, decision.detail)
    # While a rule cannot be read nobody knows what it was for: a person looks.
    auto = decision.auto and not broken and step.command.name in BY_ITSELF and found.bounces == 0
    outcome = "auto" if auto else "proposed" if decision.target else "none"
    rule_set = active.id if active else None
    extra = {"broken": broken} if broken else None
    refused = _dispatch(session, step, decision) if auto else None
    if refused is not None:
        outcome, decision = "proposed", replace(decision, detail=refused.code)
        _alarm(
            session,
            step,
            "refused",
            rule_set,
            decision.rule.code if decision.rule else "",
            facts,
            refused.code,
        )
    decided.add_trace(session, event, outcome, decision, at=step.at, rule_set=rule_set, extra=extra)


def readable(written: list[Any]) -> tuple[list[Rule], list[str]]:
    """The rules that can be read, and the codes of those that cannot: a table changed by hand, an older program."""
    rules, broken = [], []
    for one in written:
        read, problems = read_rules([one])
        if problems:
            broken.append(str(one.get("code", "?"))[:40] if isinstance(one, Mapping) else "?")
        else:
            rules += read
    return rules, broken


def _alarm(
    session: Session, step: Step, kind: str, rule_set: int | None, rule: str, facts: Facts, detail: str
) -> None:
    category = facts.categories[-1]
    event = step.command.event_id
    decided.raise_alarm(
        session, kind, rule_set=rule_set, rule=rule, category=category, event=event, detail=detail
    )


def _dispatch(session: Session, step: Step, decision: Decision) -> WanggeError | None:
    """Dispatch as the rule says, by the system; why the workflow refused it, if it did."""
    assert decision.target is not None
    rule = decision.rule.code if decision.rule else ""
    data = {"department": decision.target.code, "rule": rule}
    try:
        with session.begin_nested():
            take_as_system(session, step.command.event_id, "dispatch", text=f"按规则 {rule} 派遣", data=data)
    except WanggeError as error:
        return error
    return None


def _remember(session: Session, step: Step) -> None:
    """Keep who sent it elsewhere than the rules said, and who did as they said."""
    rule = step.command.data.get("rule")
    if step.account_id is None and rule is not None:
        return  # carried out by the rules themselves: the decision is kept
    found = store.known(session, step.command.event_id)
    if found is None or found.department is None:
        return
    target = Target("department", found.department)
    said = (found.target or {}).get("code")
    outcome = "unruled" if said is None else "confirmed" if said == target.code else "overridden"
    decided.add_dispatch(
        session, step.command.event_id, outcome, found, target,
        at=step.at, account=step.account_id, reason=step.command.reason or step.command.text,
    )  # fmt: skip


def refuse_unadmitted(session: Session, step: Step) -> None:
    """Refuse to send an event down to a community outside its admission list, unless somebody approved it.

    Where no list is in force there is nothing to be outside of. Raises Conflict `not_on_admission_list`.
    """
    area = step.changes.get("level_area_id")
    found = store.known(session, step.command.event_id)
    if area is None or found is None:
        return
    day = step.at.astimezone(ZONE).date()
    told = store.admission(session, step.command.event_id, int(area), found.categories, day)
    if told["level"] not in {"community", "grid"} or not told["has_list"] or told["item"] or told["approved"]:
        return
    raise Conflict(
        "not_on_admission_list",
        f"该事项不在{told['name']}的准入清单内，须经审批后方可分流",
        f"This is not on the admission list of {told['name']}; sending it down needs an approval",
        field="area",
        area=told["code"],
        category=found.categories[-1],
        needs="events.approve",
    )
