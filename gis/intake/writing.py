"""The report of an import as a file: JSON whole, CSV with one line a problem or note."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from gis.base.errors import Unsupported
from gis.formats.safe_text import safe_cells
from gis.intake.model import ImportReport

COLUMNS = ("kind", "row", "field", "code", "zh", "en", "value")


def write_report(report: ImportReport, path: Path) -> None:
    """Write `report` to `path`; `.json` or `.csv` by its ending (Unsupported `report_format` otherwise)."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        path.write_text(json.dumps(report.as_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    elif suffix == ".csv":
        rows = [{"kind": "problem", **p.as_dict()} for p in report.problems]
        rows += [{"kind": "note", **p.as_dict()} for p in report.notes]
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        frame["row"] = frame["row"].astype("Int64")
        safe_cells(frame).to_csv(path, index=False, encoding="utf-8-sig")
    else:
        raise Unsupported(
            "report_format", "报告文件应为 .json 或 .csv", "the report is written as .json or .csv"
        )
