"""How commands are written, and how they look in the OpenAPI document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.schemas import SHA256, PointIn
from gis.base.datum import CoordSys
from gis.events.model import Status

Texts = list[str]


class Strict(BaseModel):
    """Unknown members are refused."""

    model_config = ConfigDict(extra="forbid")


class CommandPosition(Strict):
    """Where the device was; steps on the spot require it, and the accuracy counts in favour."""

    lon: float
    lat: float
    coord_sys: CoordSys
    accuracy_m: float | None = None


class CommandPhoto(Strict):
    """A photo, announced by the SHA-256 of its bytes; the bytes follow by PUT."""

    slot: Literal["before", "after", "check", "other"]
    sha256: Annotated[str, Field(pattern=SHA256)]


class CommandData(Strict):
    """What steps require or are told, besides words, photos and places; each command reads its own."""

    department: str | None = Field(default=None, description="code; of dispatch")
    departments: list[str] | None = Field(default=None, description="codes; of co_handle")
    handler: str | None = Field(default=None, description="user name; of assign")
    standard: int | None = Field(default=None, description="id of a filing standard; of file")
    condition: int | None = Field(default=None, description="its number; of file")
    closure: Any = Field(default=None, description="true, or how the closing condition is met; of close")
    until: str | None = Field(default=None, description="date or instant; of suspend")
    card: Literal["yellow", "red", "black"] | None = Field(default=None, description="of supervise")
    area: str | None = Field(default=None, description="code; of send_down")
    into: str | None = Field(default=None, description="id of an event; of merge")
    category: str | None = Field(default=None, description="scheme:kind:code; of correct")
    grid: str | None = Field(default=None, description="code of the grid it belongs to; of correct")
    geometry: PointIn | None = Field(default=None, description="where it really is; of correct")
    coord_sys: CoordSys | None = Field(default=None, description="of the geometry")
    score: int | None = Field(default=None, description="of rate")
    outcome: str | None = Field(default=None, description="of close")
    reply: str | None = Field(
        default=None, max_length=500, description="to who reported; of close, force_close, reject, cancel"
    )
    reached: bool | None = Field(default=None, description="of call_back")
    answered: bool | None = Field(default=None, description="of call_back")
    solved: str | None = Field(default=None, description="yes, partly or no; of call_back and rate")
    satisfied: bool | None = Field(default=None, description="of call_back")
    answers: Any = Field(default=None, description="answers dispatch rules ask for, by their names; of file")
    owner: str | None = Field(default=None, description="code of a component's owner; of file")


class CommandIn(Strict):
    """A command on an event. The version it was made from is in If-Match or `base_version`.

    With `after` it waits for an earlier command of the same account, and starts from what that one made.
    """

    id: str = Field(description="UUIDv7 made by the client")
    command: str = Field(max_length=24, examples=["dispatch"])
    text: str | None = Field(default=None, max_length=2000)
    reason: str | None = Field(default=None, max_length=500)
    occurred_at: AwareDatetime | None = Field(default=None, description="the device's time")
    after: str | None = Field(default=None, description="id of the command to be taken first")
    position: CommandPosition | None = None
    photos: list[CommandPhoto] = Field(default=[], max_length=9)
    data: CommandData = CommandData()
    base_version: int | None = Field(default=None, ge=1, description="or If-Match")


class CommandOfEvent(CommandIn):
    """A command that names its event."""

    event: str


class CommandsIn(Strict):
    """Many commands, each taken or refused by itself, in this order."""

    items: list[CommandOfEvent] = Field(min_length=1, max_length=200)


class CommandNote(BaseModel):
    """Something its sender should know of a command that was taken."""

    code: str
    detail: str
    detail_en: str


class CommandOut(BaseModel):
    """A command that was taken: where the event stands now, and what its sender may do next."""

    command: str
    event: str
    version: int
    status: Status
    seq: int
    at: AwareDatetime
    allowed: Texts
    notes: list[CommandNote] = []
    replay: bool = False


class CommandHeld(BaseModel):
    """A command that waits for the one before it, five days at most."""

    command: str
    event: str
    state: Literal["held"]
    after: str


class CommandProblem(BaseModel):
    """Why a command was refused."""

    code: str
    detail: str
    detail_en: str
    field: str | None = None


class CommandResult(BaseModel):
    """What became of one of many."""

    id: str | None
    status: int
    answer: CommandOut | CommandHeld | None = None
    problem: CommandProblem | None = None


class CommandResults(BaseModel):
    """What became of each, in the order they were sent."""

    items: list[CommandResult]


class ActionOut(BaseModel):
    """A step that may be taken from where the event stands."""

    command: str
    label_zh: str
    label_en: str
    to: Status
    requires: Texts
    expects: Texts = Field(description="photos the closing will ask for, best brought with this step")
    extensions: int | None = Field(description="how many extensions are granted at most, where it goes by it")
    latest: date | None = Field(description="the last day it may last, where `until` is required")
    max_distance_m: float | None
    permitted: bool
    code: str | None = None
    detail: str | None = None
    detail_en: str | None = None


class ActionList(BaseModel):
    """The steps, and the version they start from."""

    version: int
    items: list[ActionOut]


class SentCommand(BaseModel):
    """A command of one's own, and what became of it."""

    id: str
    event: str
    event_number: str | None
    command: str
    state: Literal["taken", "refused", "held"]
    after: str | None
    occurred_at: AwareDatetime | None
    received_at: AwareDatetime
    decided_at: AwareDatetime | None
    seq: int | None
    refusal: CommandProblem | None
    photos_missing: Texts


class SentCommands(BaseModel):
    """One's newest commands."""

    items: list[SentCommand]
