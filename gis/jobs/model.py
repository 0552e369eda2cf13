"""What a job is: asked for by an account, run by a worker in that account's scope."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from gis.base.errors import WanggeError
from gis.base.progress import Progress
from gis.db.scope import EVERYWHERE, Roots, Scope

Cancelled = Callable[[], bool]
"""Whether the job is to end: asked by the handler whenever it can stop."""
STATES = ("queued", "running", "done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file a job made: its name (Chinese), media type and bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class JobResult:
    """What came out: plain JSON values, and a file where there is one."""

    result: Mapping[str, Any] | None = None
    file: JobFile | None = None


Handler = Callable[[Engine, Mapping[str, Any], Progress, Cancelled], JobResult]
"""Does one kind of job. The engine works in the scope of whoever asked; refusals are `WanggeError`.

The progress it is given raises `JobCancelled` once the job is cancelled, so that telling how far it is suffices.
"""


class JobCancelled(Exception):
    """Raised inside a handler to end it: whoever asked does not want the answer any more."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A job a worker has."""

    id: UUID
    kind: str
    params: Mapping[str, Any]
    scope: Scope


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner sees it; `error` holds code, zh, en, field and facts of a refusal.

    `lost` are permissions the job ran with in areas where its owner does not hold them any more.
    """

    id: UUID
    kind: str
    state: str
    label_zh: str
    label_en: str
    step: str
    done: int
    total: int
    result: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    file_name: str | None
    file_type: str | None
    cancelled_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    lost: Sequence[str] = ()


@dataclass(slots=True)
class Told:
    """How far a handler said it is; read by the heartbeat."""

    step: str = ""
    done: int = 0
    total: int = 0
    cancelled: bool = field(default=False)


def problem_of(error: WanggeError) -> dict[str, Any]:
    """A refusal as plain JSON values; facts that JSON does not know become text."""
    told = {"kind": type(error).__name__, "code": error.code, "zh": error.zh, "en": error.en}
    return {**told, "field": error.field, "facts": json.loads(json.dumps(error.facts, default=str))}


def scope_as_json(scope: Scope) -> dict[str, Any]:
    """A person's scope as it is frozen with a job. Never one of maintenance: ValueError."""
    if scope.maintenance or scope.account_id is None:
        raise ValueError("only a person's scope is kept with a job")
    return {
        "actor": scope.actor,
        "account_id": scope.account_id,
        "roles": list(scope.roles),
        "address": scope.address,
        "trace_id": scope.trace_id,
        "areas": {name: _kept(roots) for name, roots in scope.areas.items()},
        "departments": {name: _kept(roots) for name, roots in scope.departments.items()},
        "limited": [list(one) for one in scope.limited],
    }


def scope_from_json(kept: Mapping[str, Any]) -> Scope:
    """The scope that was frozen with a job; it never is one of maintenance."""
    return Scope(
        actor=str(kept["actor"]),
        account_id=int(kept["account_id"]),
        roles=tuple(kept["roles"]),
        address=kept["address"],
        trace_id=kept["trace_id"],
        areas={name: _roots(roots) for name, roots in kept["areas"].items()},
        departments={name: _roots(roots) for name, roots in kept["departments"].items()},
        limited=tuple((str(name), int(area), int(category)) for name, area, category in kept["limited"]),
    )


def _kept(roots: Roots) -> str | list[int]:
    return roots if isinstance(roots, str) else list(roots)


def _roots(kept: Any) -> Roots:
    return EVERYWHERE if kept == EVERYWHERE else tuple(int(one) for one in kept)
