"""Tables as the sheets of a workbook; no text in it is ever run as a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font


def workbook_bytes(sheets: Mapping[str, pd.DataFrame]) -> bytes:
    """One sheet a table, its header bold and kept in sight."""
    book = Workbook(write_only=True)
    for name, frame in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, label, bold=True) for label in frame.columns])
        for row in frame.astype(object).itertuples(index=False, name=None):
            sheet.append([_cell(sheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    """A cell whose text is never read as a formula; missing values stay empty."""
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return None
    if not isinstance(value, str):
        return value.item() if isinstance(value, np.generic) else value
    clean = ILLEGAL_CHARACTERS_RE.sub("", value)
    if not bold and not clean.startswith("="):
        return clean  # a plain value is written three times faster than a cell
    cell = WriteOnlyCell(sheet, value=clean)
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
