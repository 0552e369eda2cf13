"""Each policy, flag, condition and guard taken away in turn: the matrix must notice every one.

Policies are changed under the SQL cases alone; conditions of statements under requests whose engine no policy
binds; guards under requests of who is to be refused. So each layer is proven without the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from api.app import create_app
from api.policy import POLICY, PUBLIC, SELF, Access
from gis.db.api_role import API_ROLE
from gis.db.classification import PUBLIC as PUBLIC_TABLES
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.db.scope import scoped
from gis.db.sql import load
from gis.db.visible import CONDITIONS
from gis.events import filters
from gis.events.map_store import open_by_grid
from tests.database import ROOT, cloned_database
from tests.db.test_classification import unforced
from tests.matrix import ops_areas
from tests.matrix.conftest import Stage, staged
from tests.matrix.harness import Edge, quiet_settings
from tests.matrix.harness import judge as answered
from tests.matrix.insert_cases import AUDIT, check_inserts
from tests.matrix.operations import OPERATIONS, Case, cases, run
from tests.matrix.ops_areas import whole_count
from tests.matrix.ops_commands import merging
from tests.matrix.ops_events import due
from tests.matrix.places import GRIDS, PEOPLE
from tests.matrix.scopes import scope_of_person
from tests.matrix.sql_cases import HIDDEN, ROWS, VERBS, attempt, working

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


# `audit_write` has a test of its own. Nobody is granted the columns that say whose a scenario is and of which area, so
# that the check of `scenario_change` repeats its USING for whoever grants them one day.
NOT_ALONE = frozenset({("audit_write", "WITH CHECK"), ("scenario_change", "WITH CHECK")})
BY_COLUMNS = frozenset({"scenario"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One thing taken away, and what brings it back."""

    name: str
    do: str
    undo: str


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


def policies(stage: Stage) -> list[tuple[str, str, Mutant]]:
    """Every policy of the web edge opened, and taken away where it is the only one of its verb."""
    with stage.owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies WHERE schemaname = 'wangge'"
                " AND :role = ANY(roles) ORDER BY 1, 2"
            ),
            {"role": API_ROLE},
        ).all()
    found = []
    for table, name, verb, using, check in rows:
        on = f"{name} ON wangge.{table}"
        parts = {"USING": using, "WITH CHECK": check}
        for word, rule in parts.items():
            if rule is not None and (name, word) not in NOT_ALONE:
                do, undo = f"ALTER POLICY {on} {word} (true)", f"ALTER POLICY {on} {word} ({rule})"
                found.append((table, verb, Mutant(f"{table}.{name} {word} (true)", do, undo)))
        whole = " ".join(f"{word} ({rule})" for word, rule in parts.items() if rule is not None)
        again = f"CREATE POLICY {on} FOR {verb} TO {API_ROLE} {whole}"
        if sum(row.tablename == table and row.cmd == verb for row in rows) == 1:
            found.append((table, verb, Mutant(f"{table}.{name} dropped", f"DROP POLICY {on}", again)))
    return found


@contextmanager
def changed(stage: Stage, mutant: Mutant) -> Iterator[None]:
    with stage.owner.begin() as connection:
        connection.exec_driver_sql(mutant.do)
    try:
        yield
    finally:
        with stage.owner.begin() as connection:
            connection.exec_driver_sql(mutant.undo)


@contextmanager
def all_columns(stage: Stage, table: str) -> Iterator[None]:
    """Every column of a table granted for changing, so that the policy stands alone."""
    with stage.owner.begin() as connection:
        columns = connection.scalars(
            text(
                "SELECT column_name FROM information_schema.column_privileges WHERE table_schema = 'wangge'"
                " AND table_name = :table AND privilege_type = 'UPDATE' AND grantee = :role"
            ),
            {"table": table, "role": API_ROLE},
        ).all()
        connection.exec_driver_sql(f"GRANT UPDATE ON wangge.{table} TO {API_ROLE}")
    try:
        yield
    finally:
        with stage.owner.begin() as connection:
            connection.exec_driver_sql(f"REVOKE UPDATE ON wangge.{table} FROM {API_ROLE}")
            named = ", ".join(columns)
            connection.exec_driver_sql(f"GRANT UPDATE ({named}) ON wangge.{table} TO {API_ROLE}")


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


def flags() -> list[tuple[str, str]]:
    return [(table, flag) for table in (*ROWS, *HIDDEN) for flag in ("NO FORCE", "DISABLE")]


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


def marks() -> list[tuple[str, str, str, int]]:
    """Every mark of a condition in every statement: package, statement, mark, which of its places."""
    found = []
    for path in sorted(Path(ROOT, "gis").glob("**/sql/*.sql")):
        package = ".".join(path.parent.parent.relative_to(ROOT).parts)
        for mark in CONDITIONS:
            for at in range(path.read_text(encoding="utf-8").count(mark)):
                found.append((package, path.stem, mark, at))  # noqa: PERF401
    return found


# The operations a statement serves; whatever else it serves adds nothing to the proof.
SERVES = {
    "areas_below": ("list_areas",), "area_card": ("read_area",),
    "event_page": ("list_events",), "event_members": ("list_events", "read_event"),
    "event_summary": ("event_summary",), "photo_shown": ("read_photo",), "contact_scope": ("reveal_contact",),
    "event_one": ("read_event",), "tile_coverage": ("coverage_tile",), "tile_grids": ("tile",),
    "event_due": ("list_events",), "inbox": ("read_inbox",), "unplaced": ("list_unplaced",),
    "unplaced_count": ("list_unplaced",),
    "tasks": ("list_inspections",), "summary": ("rating_summary",), "event_asked": ("explain_dispatch",),
    "numbers": ("simulate_rule_set",), "notices": ("list_notices",), "event_seen": ("say_me_too",),
    "merge_target": ("take_command",), "similar": ("similar_events",),
}  # fmt: skip


@contextmanager
def without(package: str, name: str, mark: str, at: int) -> Iterator[None]:
    """The statement with one mark gone, so that its condition is never put."""
    statement = load(package, name)
    whole = statement.text
    parts = whole.split(mark)
    statement.text = mark.join(parts[: at + 1]) + mark.join(["", *parts[at + 1 :]])[len(mark) :]
    _forget()
    try:
        yield
    finally:
        statement.text = whole
        _forget()


def _forget() -> None:
    for one in vars(filters).values():
        if hasattr(one, "cache_clear") and one is not load:
            one.cache_clear()


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
    assert name in SERVES or name == "open_by_grid"

    def trial() -> None:
        if name == "open_by_grid":
            shaded_trial(bare)
        elif name == "merge_target":
            merge_trial(bare)
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
