"""Random steps by random people against a machine written by hand; random writes by the owner against the guards."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from gis.base.errors import WanggeError
from tests.events.whistle.people import PEOPLE, Stage

pytestmark = pytest.mark.db
DEPARTMENTS = ("water", "parks")
ON_WHISTLE = ("approve", "deny", "withdraw")
ON_ANSWER = (
    "accept", "arrive", "witness", "plan", "resolve", "return", "rate", "lapse", "release", "appeal", "grant_appeal",
    "deny_appeal",
)  # fmt: skip
HANDLED_BY = {"water": {"water"}, "parks": {"parks"}}
BLOWERS = {"secretary", "deputy", "lead", "second_lead", "district_lead"}
APPROVERS = {"lead", "second_lead", "district_lead"}
WAYS = {
    "accept": ({"called"}, "accepted"),
    "arrive": ({"accepted"}, "arrived"),
    "witness": ({"accepted"}, "arrived"),
    "plan": ({"arrived"}, "planned"),
    "resolve": ({"arrived", "planned"}, "resolved"),
    "return": ({"resolved"}, "arrived"),
    "rate": ({"resolved"}, "rated"),
    "release": ({"called", "accepted", "arrived", "planned"}, "released"),
}
ANSWERS = (
    "named", "void", "called", "accepted", "arrived", "planned", "resolved", "rated", "unrated", "released",
)  # fmt: skip
ROOT = Path(__file__).resolve().parents[3]
OVER = {"rated", "released"}


@dataclass
class Machine:
    """The whistle as it should be."""

    blower: str
    status: str = "blown"
    answers: dict[str, str] = field(default_factory=lambda: dict.fromkeys(DEPARTMENTS, "named"))
    returns: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DEPARTMENTS, 0))
    appeals: dict[str, str] = field(default_factory=lambda: dict.fromkeys(DEPARTMENTS, "none"))
    decider: str = ""
    raters: dict[str, str] = field(default_factory=dict)

    def sees(self, name: str) -> bool:
        """Who knows of it."""
        called = self.status in {"approved", "closed"}
        return name in BLOWERS | {"leader"} or (called and name in DEPARTMENTS)

    def takes(self, name: str, command: str, department: str | None) -> bool:
        """Whether the step is lawful; if so it is taken."""
        if not self.sees(name):
            return False
        return self._whole(name, command) if department is None else self._part(name, command, department)

    def _whole(self, name: str, command: str) -> bool:
        may = name in BLOWERS if command == "withdraw" else name in APPROVERS and name != self.blower
        if command not in ON_WHISTLE or not may or self.status != "blown":
            return False
        self.status = {"approve": "approved", "deny": "denied", "withdraw": "withdrawn"}[command]
        self.answers = dict.fromkeys(DEPARTMENTS, "called" if command == "approve" else "void")
        self.decider = "" if command == "withdraw" else name
        return True

    def _part(self, name: str, command: str, department: str) -> bool:
        if command in {"appeal", "grant_appeal", "deny_appeal"}:
            return self._appeal(name, command, department)
        if command not in WAYS:
            return False
        may = {
            "witness": name in BLOWERS,
            "return": name in BLOWERS and self.returns[department] < 2,
            "rate": name in BLOWERS,
            "release": name in APPROVERS and name != self.blower,
        }.get(command, name in HANDLED_BY[department])
        begins, ends = WAYS[command]
        if not may or self.answers[department] not in begins:
            return False
        self.answers[department] = ends
        self.returns[department] += command == "return"
        if command == "rate":
            self.raters[department] = name
        if set(self.answers.values()) <= OVER:
            self.status = "closed"
        return True

    def _appeal(self, name: str, command: str, department: str) -> bool:
        if self.answers[department] != "rated":
            return False
        if command == "appeal":
            if name not in HANDLED_BY[department] or self.appeals[department] != "none":
                return False
            self.appeals[department] = "asked"
            return True
        had_part = {self.blower, self.decider, self.raters[department]}
        if name not in APPROVERS - had_part or self.appeals[department] != "asked":
            return False
        self.appeals[department] = "granted" if command == "grant_appeal" else "denied"
        return True


# Mostly the way a whistle goes, so that long ways are walked; now and then anything by anybody.
NAMES = st.sampled_from(sorted(PEOPLE))
ANYTHING = st.one_of(
    st.tuples(NAMES, st.sampled_from(ON_WHISTLE + ON_ANSWER), st.none()),
    st.tuples(NAMES, st.sampled_from(ON_ANSWER + ON_WHISTLE), st.sampled_from(DEPARTMENTS)),
)
LIKELY = st.one_of(
    st.tuples(st.sampled_from(["lead", "second_lead"]), st.just("approve"), st.none()),
    st.builds(
        lambda department, command: (department, command, department),
        st.sampled_from(DEPARTMENTS),
        st.sampled_from(["accept", "arrive", "plan", "resolve", "appeal"]),
    ),
    st.tuples(
        st.sampled_from(["secretary", "deputy"]),
        st.sampled_from(["witness", "return", "rate"]),
        st.sampled_from(DEPARTMENTS),
    ),
    st.tuples(
        st.sampled_from(sorted(APPROVERS)),
        st.sampled_from(["grant_appeal", "deny_appeal", "release"]),
        st.sampled_from(DEPARTMENTS),
    ),
)
STEPS = st.lists(st.one_of(LIKELY, LIKELY, LIKELY, ANYTHING), min_size=5, max_size=45)


@hypothesis_settings(max_examples=40)
@given(blower=st.sampled_from(["secretary", "lead"]), steps=STEPS)
def test_random_people_never_reach_an_unlawful_history(
    stage: Stage, blower: str, steps: list[tuple[str, str, str | None]]
) -> None:
    whistle = stage.blow(blower, DEPARTMENTS)
    machine = Machine(blower)
    taken = 0
    for name, command, department in steps:
        lawful = machine.takes(name, command, department)
        told = "taken"
        try:
            stage.take(name, whistle, command, department)
            taken += 1
        except WanggeError as error:
            told = error.code
        assert (told == "taken") == lawful, f"{name}: {command} {department} was {told}"
        assert stage.status(whistle) == machine.status
        for one in DEPARTMENTS:
            assert stage.status(whistle, one) == machine.answers[one]
    with stage.owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT command, department_id FROM whistle_log WHERE whistle_id = cast(:id AS uuid) AND seq > 1"
                " ORDER BY seq"
            ),
            {"id": whistle},
        ).all()
    # One row a step; approving, denying and withdrawing have one a department beside it, and the end has its own.
    whole = any(row.command in ON_WHISTLE for row in rows)
    assert len(rows) == taken + (len(DEPARTMENTS) if whole else 0) + (machine.status == "closed")


@contextmanager
def attempting(stage: Stage) -> Iterator[Connection]:
    with stage.owner.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()


FACTS = (
    "accepted_at = now()", "arrived_at = now()", "resolved_at = now(), outcome = 'solved', rate_due = now()",
    "rated_at = now(), rated_by = (SELECT min(id) FROM account), timeliness = 5, effort = 5, result = 5, solved = 'yes'",
    "called_at = now(), accept_due = now(), arrive_due = now(), plan_due = now(), result_due = now()",
    "called_at = NULL, accept_due = NULL, arrive_due = NULL, plan_due = NULL, result_due = NULL",
    "resolved_at = NULL, outcome = NULL, rate_due = NULL", "returns = 0", "department_id = department_id",
)  # fmt: skip
LAWFUL = {("answer", begin, ends) for begins, ends in WAYS.values() for begin in begins} | {
    ("answer", "resolved", "unrated")
}


@pytest.mark.parametrize("seed", range(6))
def test_the_owner_writes_no_unlawful_history_either(stage: Stage, seed: int) -> None:
    """Whatever is written past the functions, an answer moves along an edge of the machine or not at all."""
    dice = random.Random(seed)
    whistle = stage.blow(departments=DEPARTMENTS)
    stage.take("lead", whistle, "approve")
    for command in ("accept", "arrive", "plan", "resolve")[: dice.randrange(5)]:
        stage.take("water", whistle, command, "water")
    before = stage.status(whistle, "water")
    moved = 0
    for _ in range(60):
        target = dice.choice(ANSWERS)
        facts = ", ".join(
            {"version = version + 1", *dice.sample(FACTS, dice.randrange(3))}
            - {"department_id = department_id"}
        )
        names = [
            part.split(" = ")[0] for part in facts.replace("(SELECT min(id) FROM account)", "1").split(", ")
        ]
        if len(names) != len(set(names)):
            continue
        with attempting(stage) as connection:
            try:
                connection.execute(
                    text(
                        f"UPDATE whistle_answer SET status = :target, {facts} WHERE whistle_id = cast(:id AS uuid)"
                        " AND department_id = :department"
                    ),
                    {"target": target, "id": whistle, "department": stage.departments["water"]},
                )
            except DBAPIError:
                continue
            moved += target != before
            assert target == before or ("answer", before, target) in LAWFUL, f"{before} to {target}"
    assert stage.status(whistle, "water") == before
    assert moved or before == "called", "the control: lawful moves are possible"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM whistle WHERE id = cast(:id AS uuid)",
        "DELETE FROM whistle_answer WHERE whistle_id = cast(:id AS uuid)",
        "DELETE FROM whistle_log WHERE whistle_id = cast(:id AS uuid)",
        "UPDATE whistle_log SET actor = 'x' WHERE whistle_id = cast(:id AS uuid)",
        "TRUNCATE whistle_log",
        "TRUNCATE whistle CASCADE",
        "UPDATE whistle SET reason = 'x' WHERE id = cast(:id AS uuid)",
        "UPDATE whistle SET blown_by = (SELECT max(id) FROM account), version = version + 1 WHERE id = cast(:id AS uuid)",
        "UPDATE whistle SET status = 'closed', version = version + 1, closed_at = now() WHERE id = cast(:id AS uuid)",
        "UPDATE whistle SET version = version + 5 WHERE id = cast(:id AS uuid)",
        "UPDATE whistle_answer SET accepted_at = now() WHERE whistle_id = cast(:id AS uuid)",
        "INSERT INTO whistle_answer (whistle_id, department_id)"
        " SELECT cast(:id AS uuid), id FROM department WHERE code = 'pipes'",
        "INSERT INTO whistle_appeal (whistle_id, department_id, reason, asked_by)"
        " SELECT whistle_id, department_id, 'x', 1 FROM whistle_answer WHERE whistle_id = cast(:id AS uuid)",
    ],
)
def test_what_no_role_may(stage: Stage, statement: str) -> None:
    whistle = stage.blow()
    stage.take("lead", whistle, "approve")
    with (
        attempting(stage) as connection,
        pytest.raises(DBAPIError, match=r"illegal_whistle|kept as they were"),
    ):
        connection.execute(text(statement), {"id": whistle})


def test_no_status_changes_without_its_row_in_the_history(stage: Stage) -> None:
    whistle = stage.blow()
    stage.take("lead", whistle, "approve")
    count = text("SELECT count(*) FROM whistle_log WHERE whistle_id = cast(:id AS uuid)")
    with attempting(stage) as connection:
        before = connection.scalar(count, {"id": whistle})
        connection.execute(
            text(
                "UPDATE whistle_answer SET status = 'accepted', accepted_at = now(), version = version + 1"
                " WHERE whistle_id = cast(:id AS uuid)"
            ),
            {"id": whistle},
        )
        assert connection.scalar(count, {"id": whistle}) == before + 1


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_words_for_every_state(stage: Stage, language: str) -> None:
    words = json.loads((ROOT / "web" / "lang" / f"{language}.json").read_text("utf-8"))
    with stage.owner.connect() as connection:
        rows = connection.execute(text("SELECT subject, from_status, to_status FROM whistle_edge")).all()
    for subject, room in (("whistle", "status"), ("answer", "answer"), ("appeal", "appeal")):
        found = {state for row in rows if row.subject == subject for state in row[1:]} - {"none"}
        told = {key.removeprefix(f"whistle.{room}.") for key in words if key.startswith(f"whistle.{room}.")}
        assert found == told


def test_every_waiting_state_has_a_way_out_and_a_limit(stage: Stage) -> None:
    with stage.owner.connect() as connection:
        begins = set(
            connection.scalars(text("SELECT from_status FROM whistle_edge WHERE subject <> 'appeal'"))
        )
        stages = set(connection.scalars(text("SELECT stage FROM whistle_limit")))
    ends = {"denied", "withdrawn", "closed", "void", "rated", "unrated", "released"}
    assert begins == {"blown", "approved", *ANSWERS} - ends
    assert stages == {"approve", "accept", "arrive", "plan", "result", "rate"}
