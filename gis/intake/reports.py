"""Reports of a file into events."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.base.errors import Unavailable
from gis.db.staging import Counts
from gis.intake.model import ImportOptions, ImportReport, Progress


def load_reports(session: Session, path: Path) -> Counts:
    """Load the reports of a sample."""
    del session, path
    return Counts()


def import_reports(engine: Engine, path: Path, options: ImportOptions, progress: Progress) -> ImportReport:
    """Import a file of reports."""
    del engine, path, options, progress
    raise Unavailable("reports_unavailable", "尚不能导入上报", "reports cannot be imported yet")
