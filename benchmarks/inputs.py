"""Synthetic inputs of a stated size: a city's grids as a jittered mesh, and points to locate in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]

LEFT, BOTTOM = 126.3, 45.5
COLUMN_DEG, ROW_DEG = 0.0045, 0.0032  # about 350 m each way at this latitude
BENDS = 6  # vertices added to every side, so that a grid has 28 corners like a drawn one

GRIDS = {"town": 60, "district": 573, "city": 20_000}
POINTS = {"town": 10_000, "district": 100_000, "city": 1_000_000}


class Grids(NamedTuple):
    """Grids (g,) with 15-digit codes as strings and lon/lat polygons sharing their borders exactly."""

    codes: npt.NDArray[np.object_]
    polygons: npt.NDArray[np.object_]


def rows_of(count: int) -> int:
    """In how many rows, counted from the south, `grids` lays that many grids."""
    return max(n for n in range(1, int(np.sqrt(count)) + 1) if count % n == 0)


def grids(count: int, *, seed: int = 7) -> Grids:
    """`count` grids that tile a rectangle without gaps; every inner side is one bent line used twice."""
    rng = np.random.default_rng(seed)
    rows = rows_of(count)
    columns = count // rows
    corner = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=-1)
    corner[1:-1, 1:-1] += rng.uniform(-0.25, 0.25, (rows - 1, columns - 1, 2))
    across = _bent(corner[:, :-1], corner[:, 1:])  # rows + 1, columns, BENDS + 2, 2
    upward = _bent(corner[:-1], corner[1:])  # rows, columns + 1, BENDS + 2, 2
    # The rim stays straight, so that the share of points outside is the one asked for.
    for inner in (across[1:-1, :, 1:-1], upward[:, 1:-1, 1:-1]):
        np.add(inner, rng.uniform(-0.03, 0.03, inner.shape), out=inner)
    ring = np.concatenate(
        [
            across[:-1, :, :-1],
            upward[:, 1:, :-1],
            across[1:, :, :0:-1],
            upward[:, :-1, ::-1],
        ],
        axis=2,
    )
    ring = ring * [COLUMN_DEG, ROW_DEG] + [LEFT, BOTTOM]
    polygons = np.asarray(shapely.polygons(ring.reshape(-1, ring.shape[2], 2)[:count]), dtype=object)
    codes = np.array([f"230199{1 + i // 999:06d}{1 + i % 999:03d}" for i in range(count)], dtype=object)
    return Grids(codes, polygons)


def _bent(start: Floats, end: Floats) -> Floats:
    """Polylines between corners, with the vertices still on the straight line."""
    share = np.linspace(0, 1, BENDS + 2)[:, None]
    line: Floats = start[..., None, :] * (1 - share) + end[..., None, :] * share
    return line


def points(within: Grids, count: int, *, seed: int = 11) -> Floats:
    """`count` lon/lat points (n, 2): 1 % outside every grid, 1 % on vertices or sides of grids, mixed."""
    rng = np.random.default_rng(seed)
    left, bottom, right, top = shapely.total_bounds(within.polygons)
    xy = rng.uniform([left, bottom], [right, top], (count, 2))
    vertices = shapely.get_coordinates(within.polygons)
    special = rng.permutation(count)[: count // 50]
    outside, border = np.array_split(special, 2)
    beyond = rng.uniform(0.00001, 0.02, outside.size)
    xy[outside, 0] = np.where(rng.random(outside.size) < 0.5, left - beyond, right + beyond)
    chosen = rng.integers(0, len(vertices) - 1, border.size)
    xy[border] = vertices[chosen]
    half = border[: border.size // 2]
    xy[half] = (vertices[chosen[: half.size]] + vertices[chosen[: half.size] + 1]) / 2
    return xy
