"""What a map page needs to know of the events before it opens."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from gis.db.visible import scope_of_session
from gis.events.asked import near
from gis.events.filters import EventFilter, statement


def open_by_grid(session: Session) -> npt.NDArray[np.int64]:
    """How many open events each grid has that the session's scope wholly holds; grids without any are left out."""
    scope = scope_of_session(session)
    query, values = statement("open_by_grid", EventFilter(), scope, near=near(session, scope, EventFilter()))
    return np.array(session.execute(query, values).scalars().all(), dtype=np.int64)
