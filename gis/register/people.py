"""Counts of people by area: exact for their own staff, and for everybody else without the small ones."""

from __future__ import annotations

import pandas as pd
from sqlalchemy.orm import Session

from gis.base.suppress import suppressed_rows
from gis.db.sql import load
from gis.db.staging import analyze
from gis.register.tables import COUNTS

PACKAGE = "gis.register"
_TABLES = ("building_people", "area_people", "area_people_public")


def refresh_people(session: Session) -> int:
    """After any load: who may read the counts of a building, who lives where, the sums of areas, the public ones.

    Returns how many areas are hidden from the public. Works for the owner of the tables only.
    """
    session.execute(load(PACKAGE, "settle_people"))
    result = session.execute(load(PACKAGE, "sum_area_people"))
    areas = pd.DataFrame.from_records(result.all(), columns=list(result.keys()), coerce_float=False)
    hidden = hidden_areas(areas)
    session.execute(load(PACKAGE, "publish_area_people"), {"hidden": hidden})
    analyze(session, *_TABLES)
    return len(hidden)


def hidden_areas(areas: pd.DataFrame) -> list[int]:
    """Ids of the areas whose counts are not for everybody.

    Columns: area_id, parent_id, the counts, `settled`, and `homes`, the buildings that everybody sees are lived
    in. A count nobody took anywhere hides nothing.
    """
    counts = areas[[*COUNTS, "settled"]]
    counts = counts[[name for name in counts if counts[name].notna().any()]].fillna(0).astype("int64")
    if not len(areas) or not len(counts.columns):
        return []
    row_of = {area: row for row, area in enumerate(areas["area_id"])}
    parent = [row_of.get(above, -1) for above in areas["parent_id"]]
    least = counts.mul(0)
    for name in {"households", "actual"} & set(counts.columns):
        least[name] = areas["homes"].astype("int64")
    hidden = suppressed_rows(parent, counts.to_numpy(), least=least.to_numpy())
    return [int(area) for area in areas["area_id"].to_numpy()[hidden]]
