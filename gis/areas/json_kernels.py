"""Compiled writing of GeoJSON features: texts and WKB polygons in, one stretch of UTF-8 out.

Both come as binary PostgreSQL arrays: a header of 20 bytes, then for each element its size (big-endian, -1 is
NULL) and its bytes; polygons as little-endian WKB or EWKB. Coordinates are written with a fixed number of decimals,
trailing zeros dropped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gis.base.compiled import compiled

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

_HEADER = 20
_POLYGON, _MULTIPOLYGON = 3, 6
_HAS_SRID, _HAS_Z_OR_M = 0x20, 0xC0  # in the fourth byte of an EWKB type
_FEATURE_BYTES = 128  # more than the constant texts of a feature
_NULL = 0xFFFFFFFF
_OPEN, _CLOSE, _COMMA, _MINUS, _DOT, _ZERO, _QUOTE, _BACKSLASH = 91, 93, 44, 45, 46, 48, 34, 92
_POLYGON_TEXT = np.frombuffer(b'{"type":"Polygon","coordinates":', np.uint8)
_MULTI_TEXT = np.frombuffer(b'{"type":"MultiPolygon","coordinates":', np.uint8)
_FEATURE_TEXT = np.frombuffer(b'{"type":"Feature","id":', np.uint8)
_PROPERTIES_TEXT = np.frombuffer(b',"properties":{', np.uint8)
_GEOMETRY_TEXT = np.frombuffer(b'},"geometry":', np.uint8)
_END_TEXT = np.frombuffer(b"}}", np.uint8)
_NULL_TEXT = np.frombuffer(b"null", np.uint8)
_CONTROL_TEXT = np.frombuffer(b"u00", np.uint8)
_PAIRS = np.frombuffer("".join(f"{pair:02d}" for pair in range(100)).encode(), np.uint8)
_HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


@compiled
def _put(out: Bytes, at: int, text: Bytes) -> int:
    for i in range(text.size):
        out[at + i] = text[i]
    return at + text.size


@compiled
def _decimal(out: Bytes, at: int, value: int, count: int) -> None:
    """`count` digits of a number, leading zeros included, two a step."""
    k = at + count
    while k > at + 1:
        pair = value % 100
        value //= 100
        k -= 2
        out[k] = _PAIRS[2 * pair]
        out[k + 1] = _PAIRS[2 * pair + 1]
    if k > at:
        out[at] = _ZERO + value % 10


@compiled
def _number(out: Bytes, at: int, value: float, digits: int, scale: float) -> int:
    size = abs(value)
    whole = int(size)
    part = int((size - whole) * scale + 0.5)
    if part >= scale:
        whole += 1
        part = 0
    if value < 0.0 and (whole > 0 or part > 0):
        out[at] = _MINUS
        at += 1
    count = 1 if whole < 10 else 2 if whole < 100 else 3
    _decimal(out, at, whole, count)
    at += count
    if part == 0:
        return at
    out[at] = _DOT
    _decimal(out, at + 1, part, digits)
    at += digits + 1
    while out[at - 1] == _ZERO:
        at -= 1
    return at


@compiled
def _quoted(data: Bytes, at: int, out: Bytes, put: int) -> tuple[int, int]:
    """Write one element of a text array as a JSON string or null; returns both positions behind it."""
    size = _size(data, at)
    at += 4
    if size == _NULL:
        return at, _put(out, put, _NULL_TEXT)
    out[put] = _QUOTE
    put += 1
    for i in range(at, at + size):
        byte = data[i]
        if byte >= 32 and byte not in (_QUOTE, _BACKSLASH):
            out[put] = byte
            put += 1
            continue
        out[put] = _BACKSLASH
        if byte >= 32:
            out[put + 1] = byte
            put += 2
        else:
            put = _put(out, put + 1, _CONTROL_TEXT)
            out[put] = _HEX[byte >> 4]
            out[put + 1] = _HEX[byte & 15]
            put += 2
    out[put] = _QUOTE
    return at + size, put + 1


@compiled
def _size(data: Bytes, at: int) -> Any:
    return (
        (np.int64(data[at]) << 24)
        | (np.int64(data[at + 1]) << 16)
        | (np.int64(data[at + 2]) << 8)
        | data[at + 3]
    )


@compiled
def _little(data: Bytes, at: int) -> Any:
    return (
        np.int64(data[at])
        | (np.int64(data[at + 1]) << 8)
        | (np.int64(data[at + 2]) << 16)
        | (np.int64(data[at + 3]) << 24)
    )


@compiled
def _counter_clockwise(degrees: Floats, first: int, points: int) -> bool:
    twice = 0.0
    x, y = degrees[2 * first], degrees[2 * first + 1]
    for i in range(first, first + points - 1):
        ax, ay = degrees[2 * i] - x, degrees[2 * i + 1] - y
        bx, by = degrees[2 * i + 2] - x, degrees[2 * i + 3] - y
        twice += ax * by - bx * ay
    return twice >= 0.0


@compiled
def _rings(data: Bytes, at: int, out: Bytes, put: int, digits: int) -> tuple[int, int]:
    """Write one WKB polygon from its count of rings on; returns both positions behind it.

    Shells are written counter-clockwise and holes clockwise, as RFC 7946 asks.
    """
    scale = 10.0**digits
    rings = _little(data, at)
    at += 4
    out[put] = _OPEN
    put += 1
    for ring in range(rings):
        points = _little(data, at)
        at += 4
        raw = np.empty(16 * points, np.uint8)
        raw[:] = data[at : at + 16 * points]
        at += 16 * points
        degrees = raw.view(np.float64)
        forward = _counter_clockwise(degrees, 0, points) == (ring == 0)
        out[put] = _OPEN
        put += 1
        for i in range(points):
            k = 2 * (i if forward else points - 1 - i)
            out[put] = _OPEN
            put = _number(out, put + 1, degrees[k], digits, scale)
            out[put] = _COMMA
            put = _number(out, put + 1, degrees[k + 1], digits, scale)
            out[put] = _CLOSE
            out[put + 1] = _COMMA
            put += 2
        out[put - 1 if points else put] = _CLOSE
        put += 0 if points else 1
        if ring < rings - 1:
            out[put] = _COMMA
            put += 1
    out[put] = _CLOSE
    return at, put + 1


@compiled
def _behind_header(data: Bytes, at: int) -> int:
    """Where a WKB or EWKB value goes on behind its byte order, type and SRID."""
    return at + (9 if data[at + 4] & _HAS_SRID else 5)


@compiled
def _head(texts: Bytes, at: Longs, keys: Bytes, key_start: Longs, out: Bytes, put: int) -> int:
    """Write a feature up to the value of its geometry and move `at` on; the first text is its id as well."""
    put = _put(out, put, _FEATURE_TEXT)
    _, put = _quoted(texts, at[0], out, put)
    put = _put(out, put, _PROPERTIES_TEXT)
    for column in range(at.size):
        put = _put(out, put, keys[key_start[column] : key_start[column + 1]])
        at[column], put = _quoted(texts, at[column], out, put)
    return _put(out, put, _GEOMETRY_TEXT)


@compiled
def write_features(
    texts: Bytes, at: Longs, keys: Bytes, key_start: Longs, shapes: Bytes, out: Bytes, digits: int
) -> int:
    """Features divided by commas into `out`; returns the bytes written, or -1 for a shape that is no polygon.

    `at` (p,) is where each property's array begins in `texts`; `keys` its name as JSON up to the value.
    """
    at = at + _HEADER
    put, shape = 0, _HEADER
    while shape < shapes.size:
        if put:
            out[put] = _COMMA
            put += 1
        put = _head(texts, at, keys, key_start, out, put)
        shape += 4
        kind = shapes[shape + 1]
        if shapes[shape] != 1 or kind not in (_POLYGON, _MULTIPOLYGON) or shapes[shape + 4] & _HAS_Z_OR_M:
            return -1
        shape = _behind_header(shapes, shape)
        if kind == _POLYGON:
            put = _put(out, put, _POLYGON_TEXT)
            shape, put = _rings(shapes, shape, out, put, digits)
        else:
            parts = _little(shapes, shape)
            shape += 4
            put = _put(out, put, _MULTI_TEXT)
            out[put] = _OPEN
            put += 1
            for part in range(parts):
                if part:
                    out[put] = _COMMA
                    put += 1
                shape, put = _rings(shapes, _behind_header(shapes, shape), out, put, digits)
            out[put] = _CLOSE
            put += 1
        put = _put(out, put, _END_TEXT)
    return put


def room(texts: int, keys: int, shapes: Bytes) -> int:
    """Bytes that are surely enough: a byte of text becomes at most six, 16 of WKB at most one point's text."""
    features = int.from_bytes(shapes[12:16].tobytes(), "big")
    return 12 * texts + features * (keys + _FEATURE_BYTES) + 4 * shapes.size
