"""A scope is gone with its transaction, whatever becomes of the connection it worked on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.db.api_role import api_url
from gis.db.engine import SESSION_OPTIONS, normalise_url, unit_of_work
from gis.db.scope import scoped, tell_on_begin
from tests.matrix import expected as may
from tests.matrix.conftest import Stage
from tests.matrix.places import MATTERS, PEOPLE, Person
from tests.matrix.scopes import scope_of_person
from tests.matrix.world import World

pytestmark = [pytest.mark.db, pytest.mark.matrix]
ROUNDS = 1000
HERE, THERE = PEOPLE["acceptor"], PEOPLE["department_inbox"]
EVENTS = text("SELECT id::text FROM event")
SETTINGS = text(
    "SELECT coalesce(current_setting('wangge.actor', true), '')"
    " || coalesce(current_setting('wangge.areas.events.read', true), '')"
    " || coalesce(current_setting('wangge.departments.events.read', true), '')"
    " || coalesce(current_setting('wangge.account', true), '')"
)


@pytest.fixture(scope="module")
def one(stage: Stage) -> Iterator[Engine]:
    """The web edge with a single connection, which everybody has to use."""
    engine = create_engine(
        normalise_url(api_url(stage.settings, stage.url)),
        pool_size=1,
        max_overflow=0,
        pool_timeout=2,
        pool_pre_ping=True,
        connect_args={"options": SESSION_OPTIONS},
    )
    tell_on_begin(engine)
    yield engine
    engine.dispose()


def due(world: World, person: Person) -> set[str]:
    return {world.told[key].event for key, matter in MATTERS.items() if may.sees_event(person, matter)}


def foreign(one: Engine, world: World, person: Person, rounds: int = 1) -> set[str]:
    """Events seen by somebody that are not theirs."""
    found: set[str] = set()
    for _ in range(rounds):
        with unit_of_work(scoped(one, scope_of_person(world, person))) as session:
            found |= set(session.scalars(EVENTS)) - due(world, person)
    return found


def test_two_people_in_turn_on_one_connection(stage: Stage, one: Engine) -> None:
    world = stage.world
    assert due(world, HERE)
    assert due(world, THERE) - due(world, HERE)
    for round_, person in zip(range(ROUNDS), itertools.cycle((HERE, THERE)), strict=False):
        with unit_of_work(scoped(one, scope_of_person(world, person))) as session:
            seen = set(session.scalars(EVENTS))
        assert seen == due(world, person), f"round {round_}: {seen ^ due(world, person)}"


def test_after_commit_and_after_failure_nothing_is_left(stage: Stage, one: Engine) -> None:
    for fails in (False, True):
        with (
            pytest.raises(ZeroDivisionError) if fails else unit_of_work(one),
            unit_of_work(scoped(one, scope_of_person(stage.world, HERE))) as session,
        ):
            assert session.scalar(SETTINGS)
            if fails:
                raise ZeroDivisionError
        with Session(one) as session:
            assert session.scalar(SETTINGS) == ""
            assert session.scalars(EVENTS).all() == []


def test_a_connection_that_dies_takes_its_scope_along(stage: Stage, one: Engine) -> None:
    with pytest.raises(DBAPIError):
        _killed_between(stage, one)
    assert not foreign(one, stage.world, THERE)
    with Session(one) as session:
        assert session.scalar(SETTINGS) == ""
        assert session.scalars(EVENTS).all() == []


def _killed_between(stage: Stage, one: Engine) -> None:
    with unit_of_work(scoped(one, scope_of_person(stage.world, HERE))) as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        with stage.owner.begin() as owner:
            owner.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        session.scalars(EVENTS).all()


def test_the_test_would_see_a_leak(stage: Stage, one: Engine) -> None:
    """The control: the same scope set for the connection instead of the transaction stays, and is seen."""
    settings = scope_of_person(stage.world, HERE).settings()
    with one.connect() as connection:
        for name, value in settings.items():
            connection.execute(
                text("SELECT set_config(:name, :value, false)"), {"name": name, "value": value}
            )
        connection.commit()
    with Session(one) as session:
        assert session.scalar(SETTINGS)
        assert set(session.scalars(EVENTS)) == due(stage.world, HERE)
    one.dispose()  # the spoilt connection
    with Session(one) as session:
        assert session.scalars(EVENTS).all() == []
