"""What the workflow speaks of: edges of a template, commands that were sent, steps that were taken."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Edge:
    """One transition of a template: from where to where, who may, what it needs and what it sets off.

    `permission` is held over the event by area, department or category, or with `at_level` over the area that has
    the event now; empty means the `party` alone decides. `party` bounds it further: `department` (of the event),
    `holder` (the department, or its level where it has none), `handler` (assigned, or whoever holds it),
    `co_department`, `reporter`, `parent` (held in the area above the one that has it now), `system`; empty: whoever
    holds the permission. `by_system`: the system may take it, a clock or a rule. `not_by` names earlier commands of
    the same round whose actors may not take this step, and `handler`: whoever handled does not inspect. `needs` are
    conditions of the event and its log (`need_met` of the migrations). `requires` are names of members of
    the command: text, reason, department, standard, closure, until, card, photo:before, photo:after, photo:check.
    `max_distance_m`: how far from the place it may be taken. `clock` are acts as `start:handle`, `stop:handle`,
    `pause`, `resume`, `freeze`, `end`. `notifies` are parties.
    """

    command: str
    from_status: str
    to_status: str
    permission: str | None = None
    party: str | None = None
    at_level: bool = False
    not_by: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    max_distance_m: float | None = None
    clock: tuple[str, ...] = ()
    notifies: tuple[str, ...] = ()
    by_system: bool = False
    label_zh: str = ""
    label_en: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A photo that a command shows: its slot (`before`, `after`, `check`) and the SHA-256 of its announced bytes."""

    slot: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Position:
    """Where the device was, as it said: degrees in `coord_sys`, accuracy in metres."""

    lon: float
    lat: float
    coord_sys: str
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it was sent. `id` is the client's UUID and the key; `base_version` the event the sender saw.

    `occurred_at` is the device's time; `after` is an earlier command of the same device that must be taken first.
    `data` are the members that edges may require and modules read: department, standard, condition, closure,
    until, card, score, …
    """

    id: uuid.UUID
    event_id: uuid.UUID
    name: str
    base_version: int
    text: str | None = None
    reason: str | None = None
    occurred_at: datetime | None = None
    after: uuid.UUID | None = None
    position: Position | None = None
    photos: tuple[Evidence, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventState:
    """An event as the statement that locked it read it."""

    id: uuid.UUID
    number: str
    status: str
    version: int
    round: int
    workflow_id: int
    category_id: int
    urgency: str
    source: str
    department_id: int | None
    handler_id: int | None
    reporter_id: int | None
    grid_id: int | None
    scope_area_id: int
    scope_path: tuple[int, ...]
    level_area_id: int
    opened_at: datetime
    standard_id: int | None = None
    suspended_from: str | None = None
    bounces: int = 0
    reworks: int = 0
    co_departments: tuple[int, ...] = ()
    closed_at: datetime | None = None
    promised_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A command that was accepted, as the modules that follow it see it, inside its transaction.

    `before` is the event as it was; `edge` says what it became; `at` is the server's time (the log row's), `seq`
    the number of the log row, `account_id` who did it (None: the system, or a reporter without an account),
    `changes` the columns of the event that the command set (department_id, handler_id, standard_id, level_area_id,
    merged_into, …). `version` and `round` are the event's after it.
    """

    command: Command
    before: EventState
    edge: Edge
    at: datetime
    seq: int
    account_id: int | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0
    round: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command; `body` is stored with it, so that a replay gives the same bytes.

    `held`: the command it is to follow has not come yet.
    """

    body: bytes
    replay: bool = False
    held: bool = False
