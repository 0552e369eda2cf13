"""How one's own reports and a reporter's contact look in the OpenAPI document."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel

from gis.events.model import Status


class MyReport(BaseModel):
    """A report of mine and where it stands."""

    id: str
    event_number: str
    tracking_code: str
    status: Status
    category: str
    category_zh: str
    category_en: str | None
    text: str
    address: str | None
    confidential: bool
    lon: float
    lat: float
    grid: str | None
    grid_name: str | None
    recorded_at: AwareDatetime
    updated_at: AwareDatetime
    closed_at: AwareDatetime | None
    photos: int
    photos_missing: list[str]


class MyReports(BaseModel):
    """My reports, newest first."""

    items: list[MyReport]
    next: str | None


class ContactOut(BaseModel):
    """The reporter's contact in full; the reading is on record."""

    name: str | None
    phone: str | None
