"""Just enough of a reader for Mapbox vector tiles: the properties of every feature, by layer."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        size, at = _varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
        yield key >> 3, data[at : at + size]
        at += size


def _value(data: bytes) -> Any:
    for number, value in _fields(data):
        if number == 1:
            return value.decode()
        if number in {2, 3}:
            return struct.unpack("<f" if number == 2 else "<d", value)[0]
        return bool(value) if number == 7 else (value >> 1) ^ -(value & 1) if number == 6 else value
    return None


def _packed(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(value)
    return found


def features(tile: bytes) -> dict[str, list[dict[str, Any]]]:
    """The properties of the features of each layer of a tile."""
    layers: dict[str, list[dict[str, Any]]] = {}
    for number, layer in _fields(tile):
        if number != 3:
            continue
        parts = list(_fields(layer))
        name = next(value.decode() for number, value in parts if number == 1)
        keys = [value.decode() for number, value in parts if number == 3]
        values = [_value(value) for number, value in parts if number == 4]
        for tag, feature in parts:
            if tag == 2:
                tags = next((_packed(value) for field, value in _fields(feature) if field == 2), [])
                pairs = zip(tags[::2], tags[1::2], strict=True)
                layers.setdefault(name, []).append({keys[k]: values[v] for k, v in pairs})
    return layers
