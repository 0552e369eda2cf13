"""Columns of a frame into PostgreSQL by binary COPY, assembled in compiled code, no row in Python.

Binary fields must match the column types exactly, so that each column is given with its kind. Geometry goes
as EWKB; polygons are written from their coordinate arrays without one object a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
import pyarrow as pa
import shapely
from psycopg import sql
from psycopg.copy import QueuedLibpqWriter

from gis.base.crs import LONLAT
from gis.db.copy_kernels import interleave, polygons_ewkb

SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TRAILER = b"\xff\xff"
CHUNK_ROWS = 20_000  # the server takes in one chunk while the next is made
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Field:
    """One column ready to send: bytes of all values, where each begins, how long it is (-1 is NULL)."""

    data: npt.NDArray[np.uint8]
    start: npt.NDArray[np.int64]
    length: npt.NDArray[np.int32]


def _fixed(values: npt.NDArray[Any], null: npt.NDArray[np.bool_], kind: str) -> Field:
    data = np.ascontiguousarray(values.astype(kind)).view(np.uint8)
    size = np.dtype(kind).itemsize
    length = np.where(null, -1, size).astype(np.int32)
    return Field(data, np.arange(len(values), dtype=np.int64) * size, length)


def _number(kind: str) -> Callable[[Any], Field]:
    def encode(values: Any) -> Field:
        series = pd.Series(values)
        null = series.isna().to_numpy(dtype=bool)
        filled = series.where(~null, 0).astype("float64" if kind == ">f8" else "int64")
        return _fixed(filled.to_numpy(), null, kind)

    return encode


def _boolean(values: Any) -> Field:
    series = pd.Series(values).astype("boolean")
    null = series.isna().to_numpy(dtype=bool)
    return _fixed(series.fillna(False).to_numpy(dtype=np.uint8), null, "u1")


def _ragged(array: pa.Array) -> Field:
    """An Arrow large string or binary array as a field, its buffers taken as they are."""
    null = np.asarray(array.is_null())
    _, offsets, data = array.buffers()
    start = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
    length = np.where(null, -1, np.diff(start)).astype(np.int32)
    body = np.frombuffer(data, dtype=np.uint8) if data is not None else np.empty(0, dtype=np.uint8)
    return Field(body, start[:-1], length)


def _text(values: Any) -> Field:
    array = pa.array(pd.Series(values), from_pandas=True)
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return _ragged(array.cast(pa.large_string()))


def _binary(values: Any) -> Field:
    return _ragged(pa.array(list(values), type=pa.large_binary()))


def text_array(items: list[str]) -> bytes:
    """A text[] value in binary: dimensions, element type 25 (text), bounds, elements."""
    head = [1 if items else 0, 0, 25] + ([len(items), 1] if items else [])
    body = b"".join(len(raw := item.encode()).to_bytes(4, "big") + raw for item in items)
    return b"".join(value.to_bytes(4, "big") for value in head) + body


def _texts(values: Any) -> Field:
    return _binary([None if value is None else text_array(list(value)) for value in values])


def _plain_polygons(array: npt.NDArray[np.object_]) -> Field:
    """Polygons of one ring each, from their coordinates alone."""
    xy = shapely.get_coordinates(array)
    points = shapely.get_num_coordinates(array).astype(np.int64)
    ring_start = np.concatenate(([0], np.cumsum(points)))
    length = 17 + 16 * points
    start = np.concatenate(([0], np.cumsum(length)))
    out = np.empty(start[-1], dtype=np.uint8)
    xy_bytes = np.ascontiguousarray(xy).view(np.uint8).reshape(-1)
    polygons_ewkb(xy_bytes, ring_start, LONLAT, out, start)
    return Field(out, start[:-1], length.astype(np.int32))


def _any_geometry(array: npt.NDArray[np.object_]) -> Field:
    return _binary(
        shapely.to_wkb(shapely.set_srid(array, LONLAT), output_dimension=2, include_srid=True, byte_order=1)
    )


def _geometry(values: Any) -> Field:
    """One-ring polygons from their coordinates, whatever else beside them through the library's writer."""
    array = np.asarray(values, dtype=object)
    plain = (shapely.get_type_id(array) == 3) & (shapely.get_num_interior_rings(array) == 0)
    plain &= ~shapely.is_empty(array)
    if not plain.any():
        return _any_geometry(array)
    simple = _plain_polygons(array[plain])
    if plain.all():
        return simple
    other = _any_geometry(array[~plain])
    start, length = np.empty(len(array), dtype=np.int64), np.empty(len(array), dtype=np.int32)
    start[plain], length[plain] = simple.start, simple.length
    start[~plain], length[~plain] = other.start + len(simple.data), other.length
    return Field(np.concatenate((simple.data, other.data)), start, length)


ENCODERS: dict[str, Callable[[Any], Field]] = {
    "text": _text,
    "int4": _number(">i4"),
    "int8": _number(">i8"),
    "float8": _number(">f8"),
    "bool": _boolean,
    "text[]": _texts,
    "geometry": _geometry,
}


def assemble(fields: list[Field]) -> npt.NDArray[np.uint8]:
    """The rows of equally long fields as one stretch of a binary COPY stream."""
    base = np.concatenate(([0], np.cumsum([len(field.data) for field in fields])))
    data = np.concatenate([field.data for field in fields]) if len(fields) > 1 else fields[0].data
    start = np.stack([field.start + offset for field, offset in zip(fields, base, strict=False)])
    length = np.stack([field.length for field in fields])
    size = int(np.maximum(length, 0).sum(dtype=np.int64)) + length.shape[1] * (2 + 4 * length.shape[0])
    out = np.empty(size, dtype=np.uint8)
    interleave(data, start, length, out)
    return out


def _chunks(columns: Mapping[str, tuple[str, Any]], rows: int) -> Iterator[npt.NDArray[np.uint8]]:
    for begin in range(0, rows, CHUNK_ROWS):
        part = slice(begin, min(begin + CHUNK_ROWS, rows))
        yield assemble([ENCODERS[kind](_slice(values, part)) for kind, values in columns.values()])


def _slice(values: Any, part: slice) -> Any:
    return values.iloc[part] if isinstance(values, pd.Series) else values[part]


def copy_columns(
    connection: psycopg.Connection[Any],
    table: str | sql.Composable,
    columns: Mapping[str, tuple[str, Any]],
    progress: Callable[[int], None] | None = None,
) -> int:
    """COPY equally long columns into `table`; returns the number of rows.

    `columns`: name → (kind, values); kinds are `text, int4, int8, float8, bool, text[], geometry` (shapely,
    lon/lat, sent with the SRID of EPSG:4326, third ordinates dropped). `progress` gets rows done so far.
    """
    rows = len(next(iter(columns.values()))[1])
    target = sql.Identifier(*table.split(".")) if isinstance(table, str) else table
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(target, names)
    with connection.cursor() as cursor, cursor.copy(statement, writer=QueuedLibpqWriter(cursor)) as copy:
        copy.write(SIGNATURE)
        for number, chunk in enumerate(_chunks(columns, rows)):
            for at in range(0, len(chunk), CHUNK_BYTES):
                copy.write(chunk[at : at + CHUNK_BYTES].tobytes())
            if progress:
                progress(min((number + 1) * CHUNK_ROWS, rows))
        copy.write(TRAILER)
    return rows
