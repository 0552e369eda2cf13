"""What an import is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gis.base.datum import CoordSys
from gis.base.errors import Problem
from gis.db.staging import Counts


class LayerKind(StrEnum):
    """The layers a file can be imported as, in the order a whole set is loaded."""

    AREAS = "areas"
    COMPOUNDS = "compounds"
    GATES = "gates"
    BUILDINGS = "buildings"
    ENTRANCES = "entrances"
    STATIONS = "stations"
    STREETS = "streets"
    BARRIERS = "barriers"
    REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import. `mapping`: our field → column of the file; `values`: our field → value of every row.

    `coord_sys` is the datum of lon/lat; without it each row of a table may name its own, else it is WGS-84.
    `code_prefix` is put before every code, and numbers the rows of a file that has none.
    `time_zone` is that of times written without an offset; `origin` names the system the keys of reports are of.
    `skip_bad` imports the good rows and still names the bad ones; `allow_overlaps` takes areas that overlap.
    """

    crs: str | None = None
    coord_sys: CoordSys | None = None
    layer: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    code_prefix: str = ""
    time_zone: str = "Asia/Shanghai"
    origin: str = ""
    dry_run: bool = False
    skip_bad: bool = False
    allow_overlaps: bool = False
    strict_winding: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would have done in a dry run. `counts` by layer; `counted` says what the file holds."""

    kind: str
    file: str
    rows: int
    counts: Mapping[str, Counts]
    problems: list[Problem]
    notes: list[Problem]
    dry_run: bool
    counted: Mapping[str, float] = field(default_factory=dict)

    @property
    def bad_rows(self) -> int:
        """How many rows have at least one problem."""
        return len({problem.row for problem in self.problems if problem.row is not None})

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values for JSON."""
        return {
            "kind": self.kind,
            "file": self.file,
            "rows": self.rows,
            "bad_rows": self.bad_rows,
            "dry_run": self.dry_run,
            "counted": dict(self.counted),
            "layers": {
                name: {"inserted": c.inserted, "updated": c.updated, "unchanged": c.unchanged}
                for name, c in self.counts.items()
            },
            "problems": [problem.as_dict() for problem in self.problems],
            "notes": [note.as_dict() for note in self.notes],
        }
