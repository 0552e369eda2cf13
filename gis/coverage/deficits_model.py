"""What a judgement by a standard says: rows by community, of the whole area, and the communities ranked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gis.coverage.model import Note, Share
from gis.coverage.standards import Standard


@dataclass(frozen=True, slots=True)
class Deficit:
    """One type in one community, or in the whole area asked about (code and name empty).

    A number is None where the standard asks for none, the area is not judged there, it is `suppressed`, or nobody was
    ever counted there (`unknown`).
    `residents` are those within the walked radius of all; `coming` stands there under construction or planned.
    """

    code: str
    name: str
    type: str
    tier_min: int | None
    required: int | None
    present: int | None
    coming: int | None
    missing: int | None
    missing_by_number: int | None
    missing_by_reach: int | None
    residents: Share
    area_required_m2: float | None
    area_present_m2: float | None
    area_missing_m2: float | None
    area_unknown: int | None
    confidence: str
    suppressed: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """A community by what it is missing: facilities, m² of floor area, people; None where nobody was counted."""

    code: str
    name: str
    missing: int | None
    area_missing_m2: float | None
    residents: int | None
    households: int | None


@dataclass(frozen=True, slots=True)
class DeficitAnswer:
    """Rows by community, the whole area's, and the communities told, those missing most first."""

    standard: Standard
    area: str | None
    rows: list[Deficit]
    totals: list[Deficit]
    ranked: list[Ranked]
    as_of: datetime
    network_version: str
    rule_version: str
    suppressed: bool
    notes: list[Note]
