"""What a map page needs to know of the events before it opens."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from gis.db.sql import load


def open_by_grid(session: Session) -> npt.NDArray[np.int64]:
    """How many open events each grid has; grids without any are left out."""
    return np.array(session.execute(load("gis.events", "open_by_grid")).scalars().all(), dtype=np.int64)
