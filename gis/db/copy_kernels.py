"""Compiled assembly of PostgreSQL's binary COPY stream and of polygons' EWKB."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gis.base.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]

EWKB_POLYGON = 0x20000003


@compiled
def _put_big16(out: Bytes, at: int, value: int) -> None:
    out[at] = (value >> 8) & 255
    out[at + 1] = value & 255


@compiled
def _put_big32(out: Bytes, at: int, value: int) -> None:
    out[at] = (value >> 24) & 255
    out[at + 1] = (value >> 16) & 255
    out[at + 2] = (value >> 8) & 255
    out[at + 3] = value & 255


@compiled
def _put_little32(out: Bytes, at: int, value: int) -> None:
    out[at] = value & 255
    out[at + 1] = (value >> 8) & 255
    out[at + 2] = (value >> 16) & 255
    out[at + 3] = (value >> 24) & 255


@compiled
def interleave(data: Bytes, start: Longs, length: Ints, out: Bytes) -> int:
    """Write rows into `out`: field count, then each field's length and bytes. Returns the bytes written.

    `start`, `length` (columns, rows): where in `data` a field lies; a length of -1 is NULL.
    """
    columns, rows = length.shape
    at = 0
    for row in range(rows):
        _put_big16(out, at, columns)
        at += 2
        for column in range(columns):
            size = length[column, row]
            _put_big32(out, at, size)
            at += 4
            if size > 0:
                source = start[column, row]
                out[at : at + size] = data[source : source + size]
                at += size
    return at


@compiled
def polygons_ewkb(xy_bytes: Bytes, ring_start: Longs, srid: int, out: Bytes, start: Longs) -> None:
    """Little-endian EWKB of polygons of one ring each; polygon p goes to `out[start[p]:]`.

    `xy_bytes`: the (n, 2) float64 coordinates as bytes; ring p has positions `ring_start[p]:ring_start[p + 1]`.
    """
    for polygon in range(len(ring_start) - 1):
        at = start[polygon]
        first, last = ring_start[polygon], ring_start[polygon + 1]
        out[at] = 1
        _put_little32(out, at + 1, EWKB_POLYGON)
        _put_little32(out, at + 5, srid)
        _put_little32(out, at + 9, 1)
        _put_little32(out, at + 13, last - first)
        size = (last - first) * 16
        out[at + 17 : at + 17 + size] = xy_bytes[first * 16 : last * 16]
