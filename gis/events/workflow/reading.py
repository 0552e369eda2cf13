"""What may be done with an event now, what became of one's commands, which templates there are."""

from __future__ import annotations

import json
import uuid
from typing import Any

from sqlalchemy import Engine

from gis.base.errors import NotFound
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.events.workflow import store
from gis.events.workflow.refusals import no_such_event, refusal
from gis.events.workflow.store import Open

PACKAGE = "gis.events.workflow"


def actions(engine: Engine, event_id: str, *, everything: bool = False) -> tuple[int, list[dict[str, Any]]]:
    """The event's version and the steps whoever asks may take now; `everything`: also those they may not, and why.

    NotFound `no_such_event`, also for one outside the scope.
    """
    try:
        event = uuid.UUID(event_id)
    except ValueError:
        raise no_such_event() from None
    with unit_of_work(engine) as session:
        here = store.event_state(session, event)
        if here is None:
            raise no_such_event()
        found = store.steps(session, event)
    return here.state.version, [_told(one) for one in found if _shown(one, everything)]


def _shown(one: Open, everything: bool) -> bool:
    return one.refusal is None or (everything and one.refusal != "wrong_target")


def _told(one: Open) -> dict[str, Any]:
    edge = one.edge
    plain: dict[str, Any] = {
        "command": edge.command,
        "label_zh": edge.label_zh,
        "label_en": edge.label_en,
        "to": edge.to_status,
        "requires": list(edge.requires),
        "max_distance_m": edge.max_distance_m,
        "permitted": one.refusal is None,
    }
    if one.refusal is not None:
        why = refusal(one.refusal, command=edge.command)
        plain |= {"code": why.code, "detail": why.zh, "detail_en": why.en}
    return plain


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
