"""Roles with privileges come from above, or from the command line: nobody makes their equals."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gis.accounts import administration as admin
from gis.accounts.audit import record
from gis.accounts.model import SYSTEM, NewGrant
from gis.base.errors import Forbidden
from gis.db.engine import unit_of_work
from gis.db.scope import scoped
from tests.accounts.office import DISTRICT, STREET, Office

pytestmark = pytest.mark.db
PAST = text(
    "INSERT INTO role_grant (account_id, role, area_id) SELECT :account, :role, id FROM area WHERE code = :area"
)


@pytest.fixture
def staffed(office: Office) -> Office:
    office.add("boss", ("admin", DISTRICT), home=DISTRICT)
    office.add("second", ("admin", STREET))
    office.add("zhang")
    return office


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_they_are_given_from_above(staffed: Office, role: str) -> None:
    zhang = staffed.ids["zhang"]
    for who, area in (("second", STREET), ("boss", DISTRICT)):
        with pytest.raises(Forbidden) as refused:
            admin.create_grant(staffed.web, staffed.as_(who), zhang, NewGrant(role, area=area))
        assert refused.value.code == "privileged_role"
    assert admin.create_grant(staffed.web, staffed.as_("boss"), zhang, NewGrant(role, area=STREET)).grants
    assert admin.create_grant(staffed.owner, SYSTEM, zhang, NewGrant(role, area=DISTRICT)).grants


@pytest.mark.parametrize(
    ("who", "role", "area", "good"),
    [("second", "admin", STREET, False), ("boss", "auditor", DISTRICT, False), ("boss", "admin", STREET, True),
     ("second", "leader", STREET, True)],
)  # fmt: skip
def test_the_policy_says_the_same(staffed: Office, who: str, role: str, area: str, good: bool) -> None:
    engine, values = scoped(staffed.web, staffed.as_(who).scope), {"account": staffed.ids["zhang"]}

    def insert() -> None:
        with unit_of_work(engine) as session:
            session.execute(PAST, values | {"role": role, "area": area})
            record(session, "grant.create", "account", values["account"])

    if good:
        insert()
        return
    with pytest.raises(DBAPIError, match="row-level security"):
        insert()
