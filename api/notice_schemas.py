"""How notices and subscribers are written, and how they look in the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """Unknown members are refused, and nothing is coerced."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NoticeEvent(BaseModel):
    """The event of a notice, in short."""

    id: UUID
    number: str
    status: str
    category_zh: str
    category_en: str | None


class NoticeOut(BaseModel):
    """Something that concerns the reader; `data` holds no words of anybody. No event for whoever sees it no more."""

    id: int
    topic: str = Field(examples=["event.dispatch"])
    event: NoticeEvent | None
    data: dict[str, Any]
    at: AwareDatetime
    read_at: AwareDatetime | None


class NoticePage(BaseModel):
    """A page of one's own notices."""

    items: list[NoticeOut]
    unread: int
    next: str | None


class ReadIn(Strict):
    """Which notices were read: those named, or all up to one."""

    ids: list[int] = Field(default_factory=list, max_length=200)
    up_to: int | None = Field(default=None, ge=1, le=2**62)


class ReadOut(BaseModel):
    """How many were marked, how many are left."""

    read: int
    unread: int


class SubscriberIn(Strict):
    """A place outside that is sent messages of an area and all below it."""

    channel: Literal["webhook", "mail"]
    name: str = Field(min_length=1, max_length=80)
    address: str = Field(min_length=3, max_length=400, description="address of the hook, or of the mailbox")
    topics: list[str] = Field(
        min_length=1, max_length=20, description="`event`, `event.close`, `clock.overdue`, …; `*`: all"
    )
    area: str = Field(max_length=15)


class SubscriberArea(BaseModel):
    """An area by its code."""

    code: str
    name: str


class SubscriberOut(BaseModel):
    """A subscriber and what became of its messages; never its secret."""

    id: int
    channel: str
    name: str
    address: str
    topics: list[str]
    area: SubscriberArea
    created_at: AwareDatetime
    ended_at: AwareDatetime | None
    waiting: int
    dead: int
    sent: int
    last_error: str | None


class SubscriberList(BaseModel):
    """Subscribers of the areas one sets rules for."""

    items: list[SubscriberOut]


class SubscriberChange(Strict):
    """Whether it is sent messages; what happens while it is not is not sent afterwards."""

    active: bool


class DeliveryOut(BaseModel):
    """A message on its way: done, dead after the last attempt, or due at `next_at`. `last_error` is a word of ours."""

    id: UUID
    message: int
    topic: str
    at: AwareDatetime
    attempts: int
    next_at: AwareDatetime
    done_at: AwareDatetime | None
    dead_at: AwareDatetime | None
    last_error: str | None


class DeliveryList(BaseModel):
    """The latest deliveries of a subscriber."""

    items: list[DeliveryOut]


class ResendIn(Strict):
    """One delivery, or all that were not taken."""

    delivery: str | None = Field(default=None, max_length=36)


class ResendOut(BaseModel):
    """How many are due again."""

    deliveries: int


class SubscriberSecret(BaseModel):
    """The number of a new subscriber, and the secret that signs its messages: told this once."""

    id: int
    secret: str | None
