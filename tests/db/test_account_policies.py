"""What the database itself refuses about accounts and grants, whatever a service asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gis.db.cluster import Cluster
from gis.db.engine import make_engine, unit_of_work
from gis.db.scope import Scope, set_scope
from tests.database import api_engine, cloned_database, town_template

pytestmark = pytest.mark.db
SUBDISTRICT, DISTRICT = "230199001", "230199"
GRANT = text(
    "INSERT INTO role_grant (account_id, role, department_id)"
    " SELECT a.id, 'department_handler', d.id FROM account AS a, department AS d"
    " WHERE a.username = 'worker' AND d.code = :department"
)


@pytest.fixture(scope="module")
def edge(cluster: Cluster) -> Iterator[Engine]:
    """The town with two accounts at home in a subdistrict, as the role of the web edge."""
    with cloned_database(cluster, town_template(cluster)) as url:
        owner = make_engine(url)
        with unit_of_work(owner) as session:
            for name in ("worker", "boss"):
                session.execute(
                    text(
                        "INSERT INTO account (username, display_name, home_area_id)"
                        " SELECT cast(:name AS text), cast(:name AS text), id FROM area WHERE code = :home"
                    ),
                    {"name": name, "home": SUBDISTRICT},
                )
            session.execute(
                text(
                    "INSERT INTO department_area (department_id, area_id) SELECT d.id, a.id FROM department AS d, area AS a"
                    " WHERE d.code = 'D230199001' AND a.code = :code"
                ),
                {"code": SUBDISTRICT},
            )
        owner.dispose()
        with api_engine(url) as engine:
            yield engine


@pytest.fixture
def managing(edge: Engine, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A transaction of `boss`, who manages the accounts of the area named; rolled back."""
    with Session(edge) as session:
        set_scope(session, Scope("boss"))
        area = session.scalar(text("SELECT id FROM area WHERE code = :code"), {"code": request.param})
        held = {name: (int(area or 0),) for name in ("accounts.read", "accounts.manage")}
        set_scope(session, Scope("boss", areas=held))
        me = session.scalar(text("SELECT id FROM account WHERE username = 'boss'"))
        set_scope(session, Scope("boss", account_id=int(me or 0), areas=held))
        yield session
        session.rollback()


@pytest.mark.parametrize(
    ("managing", "department", "given"),
    [
        (SUBDISTRICT, "D230199001", True),
        (SUBDISTRICT, "D23019900101", True),  # works where the one above it does
        (SUBDISTRICT, "D23019904", False),  # works in the whole service area
        (SUBDISTRICT, "D230199002", False),
        (DISTRICT, "D23019904", True),
        (DISTRICT, "D230199001", True),
    ],
    indirect=["managing"],
)
def test_a_role_in_a_department_is_given_by_who_manages_all_its_areas(
    managing: Session, department: str, given: bool
) -> None:
    if given:
        assert managing.execute(GRANT, {"department": department}).rowcount == 1  # type: ignore[attr-defined]
        return
    with pytest.raises(DBAPIError, match="row-level security"):
        managing.execute(GRANT, {"department": department})


@pytest.mark.parametrize("managing", [DISTRICT], indirect=True)
@pytest.mark.parametrize(
    "change",
    [
        f"home_area_id = (SELECT id FROM area WHERE code = '{DISTRICT}')",
        "disabled_at = now()",
        "username = 'king'",
        "issuer = 'https://id.example.invalid', subject = '7'",
    ],
)
def test_nobody_decides_about_the_own_account(managing: Session, change: str) -> None:
    with managing.begin_nested() as point:
        managing.execute(text(f"UPDATE account SET {change} WHERE username = 'worker'"))
        point.rollback()
    with pytest.raises(DBAPIError, match="own_account"):
        managing.execute(text(f"UPDATE account SET {change} WHERE username = 'boss'"))


@pytest.mark.parametrize("managing", [DISTRICT], indirect=True)
def test_the_own_password_is_ones_own(managing: Session) -> None:
    managing.execute(
        text("UPDATE account SET password_hash = 'x', must_change = false WHERE username = 'boss'")
    )
