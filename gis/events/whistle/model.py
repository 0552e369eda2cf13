"""What the whistle room speaks of: whistles to be blown, commands, answers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MOST_DEPARTMENTS = 10
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class NewWhistle:
    """A whistle as it was sent. `id` is the client's UUID and the key; `departments` are codes.

    It is about `event_id`, or about a place: lon, lat in degrees of `coord_sys`.
    """

    id: uuid.UUID
    reason: str
    departments: tuple[str, ...]
    event_id: uuid.UUID | None = None
    lon: float | None = None
    lat: float | None = None
    coord_sys: str | None = None
    address: str | None = None
    urgency: str = "normal"
    source: str = "community"


@dataclass(frozen=True, slots=True)
class WhistleCommand:
    """A command as it was sent, from the version its sender saw of the whistle, or of the department's answer.

    `said` are the members the step may require: reason, text, position, until, outcome, photos, ratings.
    """

    id: uuid.UUID
    whistle_id: uuid.UUID
    name: str
    base_version: int
    department: str | None = None
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command is answered: a JSON text, the same bytes when it is sent again (`replay`)."""

    body: str
    replay: bool
