"""Whom an event may be assigned to, as told to whoever may assign it."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Handler(BaseModel):
    """Somebody an event may be assigned to: their names, and the area or department in which they handle."""

    handler: str = Field(description="what `assign` takes", examples=["li.ming"])
    name: str
    place: str


class HandlerList(BaseModel):
    """The nearest to where the event stands first; `more`: not all are told, any other is named by their user name."""

    items: list[Handler]
    more: bool
