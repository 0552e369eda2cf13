"""Each policy, flag, condition and guard taken away in turn: the matrix must notice every one.

Policies are changed under the SQL cases alone; conditions of statements under requests whose engine no policy
binds; guards under requests of who is to be refused. So each layer is proven without the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text

from api.app import create_app
from api.policy import POLICY, PUBLIC, SELF, Access
from gis.db.classification import PUBLIC as PUBLIC_TABLES
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.db.scope import EVERYWHERE, scoped
from gis.db.sql import load
from gis.events.filters import EventFilter
from gis.events.map_store import open_by_grid
from gis.events.reading import inbox
from tests.database import ROOT, cloned_database
from tests.db.test_classification import unforced
from tests.matrix import expected as may
from tests.matrix import ops_areas
from tests.matrix.conftest import Stage, staged
from tests.matrix.harness import Edge, quiet_settings
from tests.matrix.harness import judge as answered
from tests.matrix.insert_cases import AUDIT, check_inserts
from tests.matrix.mutants import (
    BY_COLUMNS,
    SERVES,
    Mutant,
    all_columns,
    changed,
    flags,
    marks,
    policies,
    without,
)
from tests.matrix.operations import OPERATIONS, Case, cases, run
from tests.matrix.ops_areas import whole_count
from tests.matrix.ops_commands import merging
from tests.matrix.ops_events import due
from tests.matrix.places import GRIDS, PEOPLE
from tests.matrix.scopes import scope_of_person
from tests.matrix.sql_cases import ROWS, VERBS, attempt, working

pytestmark = [pytest.mark.db, pytest.mark.mutation]
OUT = ROOT / "build" / "mutation.json"
# Jobs belong to somebody: their service refuses nobody itself, whatever the guard lets in.
GUARDED_TWICE = frozenset({"list_jobs", "read_job", "read_job_file", "cancel_job"})
GUARDED = tuple(
    name
    for name, row in POLICY.items()
    if row.access in {Access.SELF, Access.NEED} and name not in GUARDED_TWICE
)
FREE = tuple(name for name, row in POLICY.items() if row.access is Access.PUBLIC)
_told: list[dict[str, object]] = []
_sound: set[str] = set()


@pytest.fixture(scope="module")
def stage_of_mutants(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with cloned_database(cluster) as url:
        yield from staged(url, tmp_path_factory.mktemp("mutants"))


@pytest.fixture(scope="module", autouse=True)
def tell() -> Iterator[None]:
    """Write the list and the rate."""
    yield
    OUT.parent.mkdir(exist_ok=True)
    killed = sum(bool(one["killed"]) for one in _told)
    body = {"mutants": len(_told), "killed": killed, "rate": killed / max(1, len(_told)), "list": _told}
    OUT.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n")


def judge(kind: str, name: str, trial: Callable[[], None]) -> None:
    """The trial must fail; written down either way."""
    try:
        trial()
    except Exception as fault:  # noqa: BLE001 - an error of the database notices as well as an assertion
        _told.append({"kind": kind, "name": name, "killed": True, "by": str(fault)[:160]})
        return
    _told.append({"kind": kind, "name": name, "killed": False, "by": ""})
    pytest.fail(f"nothing noticed: {kind} {name}")


def sql_trial(stage: Stage, table: str, verb: str) -> None:
    """The SQL cases of one table and verb, for everybody."""
    for person in (*PEOPLE.values(), None):
        with working(stage.web, stage.world, person) as connection:
            if verb == "INSERT":
                check_inserts(connection, stage.world, person)
            else:
                VERBS[verb](connection, stage.world, person, table)


def test_every_policy_is_needed(stage_of_mutants: Stage) -> None:
    stage, lived = stage_of_mutants, []
    tried = policies(stage)
    assert len(tried) > len(ROWS)
    for table, verb, mutant in tried:
        wide = verb == "UPDATE" and table not in BY_COLUMNS
        alone = all_columns(stage, table) if wide else nullcontext()
        with alone:
            if wide:
                sql_trial(stage, table, verb)  # the control: the policy alone suffices
            with changed(stage, mutant):
                try:
                    judge("policy", mutant.name, lambda t=table, v=verb: sql_trial(stage, t, v))  # type: ignore[misc]
                except pytest.fail.Exception:
                    lived.append(mutant.name)
    assert not lived
    for table in ROWS:  # the control: all is as it was
        sql_trial(stage, table, "SELECT")
        sql_trial(stage, table, "UPDATE")


def test_the_audit_asks_who_writes_without_its_trigger_too(stage_of_mutants: Stage) -> None:
    """The trigger refuses rows of nobody as well; without it the policy must do so alone."""
    stage = stage_of_mutants

    def trial() -> None:
        with working(stage.web, stage.world, None) as connection:
            values = {"id": "x"}
            assert attempt(connection, AUDIT, values) is None

    off, on = (f"ALTER TABLE wangge.audit {word} TRIGGER audit_fill" for word in ("DISABLE", "ENABLE"))
    with changed(stage, Mutant("no trigger", off, on)):
        trial()
        check = "ALTER POLICY audit_write ON wangge.audit WITH CHECK"
        with changed(
            stage, Mutant("open", f"{check} (true)", f"{check} ((SELECT wangge.actor()) IS NOT NULL)")
        ):
            judge("policy", "audit.audit_write WITH CHECK (true)", trial)


def test_the_question_of_taking_in_is_needed(stage_of_mutants: Stage) -> None:
    """Whether somebody is of the staff: no policy asks it beside the function."""
    stage = stage_of_mutants
    with stage.owner.connect() as connection:
        whole = connection.scalar(text("SELECT pg_get_functiondef(cast('is_staff' AS regproc))"))
    anybody = (
        "CREATE OR REPLACE FUNCTION wangge.is_staff(owner name) RETURNS boolean LANGUAGE sql AS 'SELECT true'"
    )

    def trial() -> None:
        with working(stage.web, stage.world, PEOPLE["resident"]) as connection:
            check_inserts(connection, stage.world, PEOPLE["resident"])

    trial()
    with changed(stage, Mutant("is_staff", anybody, str(whole))):
        judge("function", "is_staff", trial)


@pytest.mark.parametrize(("table", "flag"), flags())
def test_every_flag_is_needed(stage_of_mutants: Stage, table: str, flag: str) -> None:
    words = {"NO FORCE": "FORCE", "DISABLE": "ENABLE"}
    on = f"ALTER TABLE wangge.{table}"
    mutant = Mutant(table, f"{on} {flag} ROW LEVEL SECURITY", f"{on} {words[flag]} ROW LEVEL SECURITY")

    def trial() -> None:
        with stage_of_mutants.owner.connect() as connection:
            assert unforced(connection) == set(PUBLIC_TABLES)

    with changed(stage_of_mutants, mutant):
        judge("flag", f"{table} {flag} ROW LEVEL SECURITY", trial)


def http_trial(edge: Edge, names: tuple[str, ...]) -> None:
    """The requests of some operations, as everybody; the first failure ends it."""
    for case in cases():
        if case.operation in names:
            run(edge, case)


@pytest.fixture(scope="module")
def bare(stage_of_mutants: Stage) -> Iterator[Edge]:
    """The application on an engine that no policy binds."""
    stage = stage_of_mutants
    with stage.bare.connect() as connection:
        assert connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
    made = Edge(create_app(quiet_settings(stage.settings), engine=stage.bare), stage.world)
    with made.client:
        yield made


@pytest.mark.parametrize(("package", "name", "mark", "at"), marks())
def test_every_condition_is_needed(
    bare: Edge, monkeypatch: pytest.MonkeyPatch, package: str, name: str, mark: str, at: int
) -> None:
    """Beside the condition on whole areas the one on rows changes no answer: it is tried without the former."""
    assert name in SERVES or name in TRIALS

    def trial() -> None:
        if name in TRIALS:
            TRIALS[name](bare)
        else:
            http_trial(bare, SERVES[name])

    if name not in _sound:
        trial()  # the control: where no policy binds the conditions suffice, so what is noticed is their absence
        _sound.add(name)
    beside = "/*whole*/" if mark == "/*scope*/" and "/*whole*/" in load(package, name).text else None
    with ExitStack() as gone:
        if beside:
            monkeypatch.setattr(ops_areas, "parts_may_be_counted", True)
            while beside in load(package, name).text:
                gone.enter_context(without(package, name, beside, 0))
            trial()
        gone.enter_context(without(package, name, mark, at))
        judge("condition", f"{name}.sql {mark} {at + 1}", trial)


def merge_trial(edge: Edge) -> None:
    """Merging into what is not seen; whether an own event may be taken a step is asked of the policies alone."""
    asked = 0
    for case in cases():
        if case.operation == "take_command":
            person, operation = PEOPLE[case.person], OPERATIONS[case.operation]
            for call in merging(edge.world, person, case.kin):
                answered(edge, operation, person, call)
                asked += 1
    assert asked


@contextmanager
def finished(owner: Engine) -> Iterator[None]:
    """Every matter is over, and somebody appeals against its lateness."""
    with owner.begin() as connection:
        was = connection.execute(text("SELECT id, status, closed_at FROM event")).mappings().all()
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE event SET status = 'closed', closed_at = now()"))
        connection.execute(
            text("UPDATE overdue_appeal SET decided_at = NULL, decided_by = NULL, granted = NULL")
        )
    try:
        yield
    finally:
        with owner.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(
                text("UPDATE event SET status = :status, closed_at = :closed_at WHERE id = :id"),
                [dict(row) for row in was],
            )
            connection.execute(
                text(
                    "UPDATE overdue_appeal SET decided_at = now(), granted = false,"
                    " decided_by = (SELECT id FROM account WHERE username = 'admin')"
                )
            )


def appeal_trial(edge: Edge) -> None:
    """Of finished matters that somebody appeals for, who decides everywhere counts no more than they see.

    No shipped role decides where it does not read; a city's may.
    """
    counted, engine = 0, edge.app.state.engine
    assert edge.world.owner is not None
    with finished(edge.world.owner):
        for person in PEOPLE.values():
            own = scope_of_person(edge.world, person)
            wide = replace(own, areas={**own.areas, "events.approve": EVERYWHERE})
            waiting = json.loads(inbox(scoped(engine, wide), EventFilter()))["boxes"]["approve"]
            assert waiting == len(may.visible(person)), f"{person.name}: {waiting} wait"
            counted += waiting
    assert counted


def shaded_trial(edge: Edge) -> None:
    """The counts that the map's classes are made of."""
    engine = edge.app.state.engine
    for person in PEOPLE.values():
        with unit_of_work(scoped(engine, scope_of_person(edge.world, person))) as session:
            seen = sorted(open_by_grid(session))
        wanted = sorted(
            count
            for grid in GRIDS
            if (count := len(due(person, grid)))
            and (ops_areas.parts_may_be_counted or whole_count(person, grid))
        )
        assert seen == wanted, f"{person.name}: {seen}, expected {wanted}"


TRIALS = {"open_by_grid": shaded_trial, "merge_target": merge_trial, "inbox_finished": appeal_trial}
"""Statements that no plain request of everybody proves."""


@pytest.fixture(scope="module")
def guarded(stage_of_mutants: Stage) -> Iterator[Edge]:
    stage = stage_of_mutants
    made = Edge(create_app(quiet_settings(stage.settings), engine=stage.web), stage.world)
    with made.client:
        yield made


def _asked(edge: Edge, name: str, *people: str) -> None:
    for person in people:
        for case in cases():
            if (case.operation, case.person) == (name, person):
                run(edge, Case(name, person, case.kin))


@contextmanager
def ruled(app: FastAPI, name: str, row: object) -> Iterator[None]:
    before = app.state.policy
    app.state.policy = {**before, name: row}
    try:
        yield
    finally:
        app.state.policy = before


@pytest.mark.parametrize("name", GUARDED)
def test_every_guard_is_needed(guarded: Edge, name: str) -> None:
    with ruled(guarded.app, name, PUBLIC):
        judge("guard", f"{name} open to everybody", lambda: _asked(guarded, name, "anonymous"))


@pytest.mark.parametrize("name", sorted(GUARDED_TWICE))
def test_what_is_guarded_twice_stays_shut_without_the_guard(guarded: Edge, name: str) -> None:
    with ruled(guarded.app, name, PUBLIC):
        _asked(guarded, name, "anonymous")


@pytest.mark.parametrize("name", [name for name in GUARDED if POLICY[name].access is Access.NEED])
def test_every_permission_is_needed(guarded: Edge, name: str) -> None:
    row = replace(POLICY[name], access=SELF.access, permission="")
    with ruled(guarded.app, name, row):
        judge("guard", f"{name} without its permission", lambda: _asked(guarded, name, "nobody"))


@pytest.mark.parametrize("name", [name for name in OPERATIONS if OPERATIONS[name].session_only])
def test_every_bar_to_tokens_is_needed(guarded: Edge, name: str) -> None:
    """The control of these: as it stands, the case passes."""
    _asked(guarded, name, "token")


@pytest.mark.parametrize("name", FREE)
def test_what_is_open_is_asked_by_nobody(guarded: Edge, name: str) -> None:
    """Closing what is meant to be open is noticed too."""
    with ruled(guarded.app, name, SELF):
        judge("guard", f"{name} closed", lambda: _asked(guarded, name, "anonymous"))
