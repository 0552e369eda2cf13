"""Areas as GeoJSON: the database hands over all polygons at once, compiled code writes the text."""

from __future__ import annotations

import json

import numpy as np
import numpy.typing as npt
from sqlalchemy import TextClause
from sqlalchemy.orm import Session

from gis.db.sql import driver_errors, load
from gis.db.staging import driver

DIGITS = 7  # a centimetre
MOST_DIGITS = 14
HEAD, TAIL = b'{"type":"FeatureCollection","features":[', b"]}"


def area_features(
    session: Session, level: str = "grid", *, within: str | None = None, digits: int = DIGITS
) -> bytes:
    """The current areas of a level as a GeoJSON FeatureCollection in UTF-8, ordered by code.

    `within` is the code of an area whose subtree is wanted; coordinates have `digits` (0-14) decimals.
    """
    return feature_collection(
        session, load("gis.areas", "area_features"), {"level": level, "within": within}, digits=digits
    )


def feature_collection(
    session: Session, statement: TextClause, parameters: dict[str, object], *, digits: int = DIGITS
) -> bytes:
    """One row of equally long arrays as GeoJSON: text columns are properties, the first the id, the last polygons."""
    from gis.areas.json_kernels import room, write_features

    query = str(statement.compile(dialect=session.get_bind().dialect))
    with driver_errors(), driver(session).cursor(binary=True) as cursor:
        result = cursor.execute(query.encode(), parameters).pgresult
        assert result is not None
        values = [result.get_value(0, column) for column in range(result.nfields)]
        names = [(result.fname(column) or b"").decode() for column in range(result.nfields - 1)]
    if values[-1] is None:
        return HEAD + TAIL
    texts = [value or b"" for value in values[:-1]]
    keys = [f"{',' if number else ''}{json.dumps(name)}:".encode() for number, name in enumerate(names)]
    shapes = np.frombuffer(values[-1], np.uint8)
    out = np.empty(room(sum(map(len, texts)), sum(map(len, keys)), shapes), np.uint8)
    joined, start = _joined(texts)
    size = write_features(joined, start[:-1], *_joined(keys), shapes, out, min(max(digits, 0), MOST_DIGITS))
    if size < 0:
        raise ValueError("the statement gave a shape that is no polygon")
    return b"".join((HEAD, out[:size].data, TAIL))


def _joined(parts: list[bytes]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The parts as one array, and where each begins (and the last ends) in it."""
    start = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), start
