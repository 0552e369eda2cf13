"""Who asks about the small place: somebody with permissions in one area of it."""

from __future__ import annotations

from sqlalchemy import Engine, text

from gis.db.scope import Scope, scoped

COMMUNITY, DISTRICT = "230199001001", "230199"


def as_planner(web: Engine, owner: Engine, code: str | None, *, people: str | None = "same") -> Engine:
    """Somebody with the planner's permissions in one area; `people` is another area for counts of people."""
    with owner.connect() as connection:
        ids = {row.code: row.id for row in connection.execute(text("SELECT code, id FROM area"))}
    coverage = () if code is None else (ids[code],)
    counted = coverage if people == "same" else () if people is None else (ids[people],)
    areas = {"coverage.read": coverage, "coverage.export": coverage, "people.read": counted}
    return scoped(web, Scope("planner", account_id=None, roles=("planner",), areas=areas))
