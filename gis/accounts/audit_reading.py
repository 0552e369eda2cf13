"""Reading the audit: the rows of one's own subtree, filtered, newest first. Reading it is on record too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.accounts.reach import area_asked
from gis.db.engine import unit_of_work
from gis.db.scope import EVERYWHERE, Roots, scope_of
from gis.db.sql import load, plan_by_values

READ = "audit.read"
MARK = "/*filter*/"
EQUAL = ("actor", "action", "object_type", "object_id", "result")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Every part given must hold. `area` is a code and means its subtree; times bound `at`, the end excluded."""

    actor: str | None = None
    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    result: str | None = None
    area: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPosition:
    """A place in the list, newest first: the last row of the page before."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row for a reader; `role` holds the codes of the actor's roles then, `area_code` is null for no area."""

    id: int
    at: datetime
    account_id: int | None
    actor: str
    role: str
    address: str | None
    trace_id: str | None
    area_code: str | None
    area_name: str | None
    action: str
    object_type: str
    object_id: str
    result: str
    details: dict[str, Any]
    seq: int


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of rows, and where the next goes on (None: this is the last)."""

    items: tuple[AuditEntry, ...]
    next: AuditPosition | None


def list_audit(
    engine: Engine, wanted: AuditFilter, *, limit: int = 50, after: AuditPosition | None = None
) -> AuditPage:
    """A page of at most `limit` rows of the subtrees in which the audit is read, going on after `after`.

    Raises Invalid `unknown_area`, Forbidden `outside_scope`.
    """
    roots = _roots(engine)
    fragments, values = _fragments(wanted, after)
    with unit_of_work(engine) as session:
        asked = None if wanted.area is None else area_asked(session, wanted.area, roots)
        if asked is not None:
            fragments.append(
                "a.area_id = ANY(ARRAY(SELECT b.id FROM area AS b WHERE b.path @> ARRAY[cast(:asked AS int)]))"
            )
            values["asked"] = asked
        plan_by_values(session)
        fragments.append(_within(session, roots))
        values["roots"] = [] if roots == EVERYWHERE else list(roots)
        source = load("gis.accounts", "audit_page").text
        query = text(source.replace(MARK, "".join(f" AND {part}" for part in fragments)))
        rows = session.execute(query, values | {"row_limit": limit + 1}).all()
        _record(session, wanted, asked or _first(roots), shown=min(len(rows), limit))
    items = tuple(AuditEntry(**row._asdict()) for row in rows[:limit])
    return AuditPage(items, AuditPosition(items[-1].at, items[-1].id) if len(rows) > limit else None)


def _roots(engine: Engine) -> Roots:
    scope = scope_of(engine)
    if scope is None:
        return ()
    return EVERYWHERE if scope.maintenance else scope.areas.get(READ, ())


def _within(session: Session, roots: Roots) -> str:
    """The scope as a condition; a row of no area is read by those alone who read a topmost area."""
    if roots == EVERYWHERE:
        return "true"
    held = "a.area_id = ANY(ARRAY(SELECT s.id FROM area AS s WHERE s.path && cast(:roots AS int[])))"
    topmost = text("SELECT EXISTS (SELECT FROM area WHERE id = ANY(:roots) AND parent_id IS NULL)")
    whole = bool(session.scalar(topmost, {"roots": list(roots)}))
    return f"({held} OR a.area_id IS NULL)" if whole else held


def _first(roots: Roots) -> int | None:
    return None if isinstance(roots, str) or not roots else roots[0]


def _fragments(wanted: AuditFilter, after: AuditPosition | None) -> tuple[list[str], dict[str, Any]]:
    """Conditions of the parts given, each left out rather than switched off: the planner sees which index serves."""
    given = [name for name in EQUAL if getattr(wanted, name) is not None]
    fragments = [f"a.{name} = :{name}" for name in given]
    values: dict[str, Any] = {name: getattr(wanted, name) for name in given}
    if wanted.since is not None:
        fragments.append("a.at >= :since")
        values["since"] = wanted.since
    if wanted.until is not None:
        fragments.append("a.at < :until")
        values["until"] = wanted.until
    if after is not None:
        fragments.append("(a.at, a.id) < (:after_at, :after_id)")
        values |= {"after_at": after.at, "after_id": after.id}
    return fragments, values


def _record(session: Session, wanted: AuditFilter, area_id: int | None, *, shown: int) -> None:
    told: dict[str, Any] = {
        name: getattr(wanted, name) for name in EQUAL if getattr(wanted, name) is not None
    }
    for name in ("since", "until"):
        if (moment := getattr(wanted, name)) is not None:
            told[name] = moment.isoformat()
    record(
        session, "audit.read", "audit", wanted.area or "*", area_id=area_id, details=told | {"shown": shown}
    )
