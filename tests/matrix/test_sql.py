"""Every table × verb × person: what the database alone decides."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.matrix.conftest import Stage
from tests.matrix.insert_cases import check_inserts
from tests.matrix.places import PEOPLE
from tests.matrix.sql_cases import TABLES, VERBS, working

pytestmark = [pytest.mark.db, pytest.mark.matrix]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("table", TABLES)
def test_table_for_everybody(stage: Stage, table: str, verb: str) -> None:
    """Each of these is one case a person, and one for a transaction without any context."""
    for person in (*PEOPLE.values(), None):
        with working(stage.web, stage.world, person) as connection:
            VERBS[verb](connection, stage.world, person, table)


@pytest.mark.parametrize("name", [*PEOPLE, None])
def test_rows_somebody_tries_to_add(stage: Stage, name: str | None) -> None:
    person = None if name is None else PEOPLE[name]
    with working(stage.web, stage.world, person) as connection:
        check_inserts(connection, stage.world, person)


def test_every_table_is_in_the_matrix(stage: Stage) -> None:
    with stage.owner.connect() as connection:
        found = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'wangge'"))
        assert sorted(TABLES) == sorted(found)
