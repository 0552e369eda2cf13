"""What may be done with an event now, what became of one's commands, which templates there are."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine

from gis.base.errors import NotFound
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.events.standards.filing import also_required
from gis.events.workflow import store
from gis.events.workflow.effects import latest_until
from gis.events.workflow.refusals import no_such_event, refusal
from gis.events.workflow.store import Open

PACKAGE = "gis.events.workflow"
MOST_HANDLERS = 200


def actions(engine: Engine, event_id: str, *, everything: bool = False) -> tuple[int, list[dict[str, Any]]]:
    """The event's version and the steps whoever asks may take now; `everything`: also those they may not, and why.

    NotFound `no_such_event`, also for one outside the scope.
    """
    event = _event(event_id)
    with unit_of_work(engine) as session:
        here = store.event_state(session, event)
        if here is None:
            raise no_such_event()
        shown = [one for one in store.steps(session, event) if _shown(one, everything)]
        more, later = also_required(session, event, {one.edge.command for one in shown})
        latest = latest_until(session).isoformat()
    told = [
        _told(one, more.get(one.edge.command, []), later.get(one.edge.command, []), latest) for one in shown
    ]
    return here.state.version, told


def handlers(engine: Engine, event_id: str) -> tuple[list[dict[str, Any]], bool]:
    """Whom whoever asks may assign the event to now, the nearest first, and whether there are more.

    NotFound `no_such_event`; what assigning would be refused with, where it may not be done.
    """
    event = _event(event_id)
    with unit_of_work(engine) as session:
        if store.event_state(session, event) is None:
            raise no_such_event()
        found = store.steps(session, event, "assign")
        if not any(one.refusal is None for one in found):
            raise refusal(found[0].refusal or "" if found else "no_such_step", command="assign")
        rows = session.execute(load(PACKAGE, "handlers"), {"id": event, "most": MOST_HANDLERS + 1})
        told = [dict(row._mapping) for row in rows]
    return told[:MOST_HANDLERS], len(told) > MOST_HANDLERS


def _event(typed: str) -> uuid.UUID:
    try:
        return uuid.UUID(typed)
    except ValueError:
        raise no_such_event() from None


def _shown(one: Open, everything: bool) -> bool:
    return one.refusal is None or (everything and one.refusal != "wrong_target")


def _told(one: Open, more: Sequence[str], later: Sequence[str], latest: str) -> dict[str, Any]:
    """A step with all it asks for: what its edge says, where one has to be, what this event needs besides.

    `later` is what its closing will ask for, `latest` the last day of whatever lasts until one.
    """
    edge = one.edge
    requires = [*edge.requires, *(["position"] if edge.max_distance_m is not None else []), *more]
    plain: dict[str, Any] = {
        "command": edge.command,
        "label_zh": edge.label_zh,
        "label_en": edge.label_en,
        "to": edge.to_status,
        "requires": list(dict.fromkeys(requires)),
        "expects": [name for name in later if name not in requires],
        "extensions": _extensions(edge.needs),
        "latest": latest if "until" in requires else None,
        "max_distance_m": edge.max_distance_m,
        "permitted": one.refusal is None,
    }
    if one.refusal is not None:
        why = refusal(one.refusal, command=edge.command)
        plain |= {"code": why.code, "detail": why.zh, "detail_en": why.en}
    return plain


def _extensions(needs: Sequence[str]) -> int | None:
    """How many extensions the template grants at most, where a step goes by it."""
    for name, _, most in (need.removeprefix("at_most:").partition(":") for need in needs):
        if name == "grant_extension" and most.isdecimal():
            return int(most)
    return None


def my_commands(engine: Engine, *, state: str | None = None, limit: int = 100) -> str:
    """The newest commands the account sent, with what became of each, as JSON text."""
    with unit_of_work(engine) as session:
        return str(session.scalar(load(PACKAGE, "my_commands"), {"state": state, "row_limit": limit}))


def list_workflows(engine: Engine) -> str:
    """The templates in force as JSON text, without their edges."""
    with unit_of_work(engine) as session:
        return str(session.scalar(load(PACKAGE, "workflows")))


def read_workflow(engine: Engine, code: str, version: int | None = None) -> dict[str, Any]:
    """A template with its states and edges, the newest version when none is asked for. NotFound `no_such_workflow`."""
    with unit_of_work(engine) as session:
        found = session.scalar(load(PACKAGE, "workflow_one"), {"code": code, "version": version})
    if found is None:
        raise NotFound("no_such_workflow", "没有这个流程模板", "There is no such workflow")
    plain: dict[str, Any] = json.loads(found)
    return plain
