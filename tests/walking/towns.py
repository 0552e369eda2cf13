"""Random places to walk in, of every kind the rules must survive; plane metres, seeded."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from shapely import LineString, Point, Polygon, box

from gis.base.crs import metric_crs
from gis.walking.prepare import Layers

PLANE = metric_crs(126.6)
ORIGIN = np.array([550_000.0, 5_070_000.0])
KINDS = ("grid", "tree", "divided", "oneway", "parallel", "loops", "bridges", "steps", "compounds")


def frame(shapes, **columns) -> gpd.GeoDataFrame:
    """Shapes around 0, 0 in metres, moved to where the plane is meant to be used."""
    moved = shapely.transform(np.asarray(shapes, dtype=object), lambda xy: xy + ORIGIN)
    return gpd.GeoDataFrame(columns, geometry=moved, crs=PLANE)


@dataclass
class Town:
    """Streets with their columns, and the size of the place."""

    lines: list[LineString]
    columns: dict[str, list]
    size: float


def crossings(rng: np.random.Generator, side: int, step: float, jitter: float) -> np.ndarray:
    base = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1) * step
    return base + rng.normal(0, jitter, base.shape)


def grid_lines(places: np.ndarray) -> list[LineString]:
    side = len(places)
    east = [LineString([places[i, j], places[i + 1, j]]) for i in range(side - 1) for j in range(side)]
    north = [LineString([places[i, j], places[i, j + 1]]) for i in range(side) for j in range(side - 1)]
    return east + north


def town(kind: str, rng: np.random.Generator, side: int = 9, step: float = 110.0) -> Town:
    places = crossings(rng, side, step, step / 8)
    lines = grid_lines(places)
    columns: dict[str, list] = {}
    if kind == "tree":
        keep = rng.permutation(side * side)
        joined = {int(keep[0])}
        lines = []
        for spot in keep[1:]:
            here = divmod(int(spot), side)
            other = min(joined, key=lambda s: np.hypot(*(places[divmod(s, side)] - places[here])))
            lines.append(LineString([places[here], places[divmod(other, side)]]))
            joined.add(int(spot))
    elif kind == "divided":
        lines += [shapely.offset_curve(line, 12.0) for line in lines[::3]]
    elif kind == "oneway":
        columns["foot_forward"] = (rng.random(len(lines)) < 0.8).tolist()
        columns["foot_backward"] = (rng.random(len(lines)) < 0.8).tolist()
    elif kind == "parallel":
        lines += [bent(line, rng) for line in lines[::2]]
    elif kind == "loops":
        lines += [loop(places[i, i], rng) for i in range(side)]
    elif kind == "steps":
        columns["steps"] = (rng.random(len(lines)) < 0.15).tolist()
        columns["slope_pct"] = rng.choice([0.0, 4.0, -9.0, 13.0], len(lines)).tolist()
    elif kind == "bridges":
        ends = rng.uniform(0, (side - 1) * step, (8, 2, 2))
        lines += [LineString(pair) for pair in ends]
    if kind != "compounds":
        keep = rng.random(len(lines)) < 0.93
        columns = {
            name: [v for v, k in zip(values, keep, strict=True) if k] for name, values in columns.items()
        }
        lines = [line for line, k in zip(lines, keep, strict=True) if k]
    return Town(lines, columns, (side - 1) * step)


def bent(line: LineString, rng: np.random.Generator) -> LineString:
    (ax, ay), (bx, by) = line.coords
    middle = ((ax + bx) / 2 + rng.uniform(5, 40), (ay + by) / 2 + rng.uniform(5, 40))
    return LineString([(ax, ay), middle, (bx, by)])


def loop(place: np.ndarray, rng: np.random.Generator) -> LineString:
    around = place + rng.uniform(-40, 40, (3, 2))
    return LineString([place, *around, place])


def houses(rng: np.random.Generator, count: int, size: float, points: bool) -> np.ndarray:
    centre = rng.uniform(0, size, (count, 2))
    if points:
        return np.asarray(shapely.points(centre), dtype=object)
    half = rng.uniform(3, 9, (count, 2))
    turn = rng.uniform(0, np.pi, count)
    corner = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    local = corner[None] * half[:, None]
    cos, sin = np.cos(turn)[:, None], np.sin(turn)[:, None]
    x = local[..., 0] * cos - local[..., 1] * sin + centre[:, None, 0]
    y = local[..., 0] * sin + local[..., 1] * cos + centre[:, None, 1]
    return np.asarray(shapely.polygons(np.stack((x, y), axis=-1)), dtype=object)


def layers(kind: str, seed: int, buildings: int = 300, points: bool = True, side: int = 9) -> Layers:
    """A whole place; kind `compounds` has walled blocks with gates, some paths through them, and a river."""
    rng = np.random.default_rng(seed)
    made = town(kind, rng, side)
    stations = rng.uniform(0, made.size, (4, 2))
    more = {}
    if kind == "compounds":
        walls = [
            box(x + 20, y + 20, x + 90, y + 85)
            for x in np.arange(0, made.size - 100, 220)
            for y in np.arange(0, made.size - 100, 220)
        ]
        rim = [wall.exterior.interpolate(t, normalized=True) for wall in walls for t in rng.random(2)]
        access = rng.choice(["public", "resident", "staff", "closed"], len(rim), p=[0.4, 0.4, 0.1, 0.1])
        more["compounds"] = frame(walls, code=[f"C{i:03}" for i in range(len(walls))])
        more["gates"] = frame(rim, code=[f"G{i:03}" for i in range(len(rim))], access=access)
        made.lines += [
            LineString(
                [wall.centroid, rim[2 * i], np.asarray(rim[2 * i].coords[0]) * 2 - wall.centroid.coords[0]]
            )
            for i, wall in enumerate(walls)
            if i % 3 == 0
        ]
        river = LineString(
            [(-50, made.size * 0.3), (made.size / 2, made.size * 0.45), (made.size + 50, made.size * 0.4)]
        )
        more["barriers"] = frame([river.buffer(12)], code=["R"], kind=["river"])
    shapes = houses(rng, buildings, made.size, points)
    return Layers(
        frame(made.lines, **made.columns, code=[f"S{i:04}" for i in range(len(made.lines))]),
        frame(shapes, code=[f"B{i:05}" for i in range(len(shapes))]),
        frame(shapely.points(stations), code=[f"T{i}" for i in range(len(stations))]),
        **more,
    )


__all__ = ["KINDS", "ORIGIN", "PLANE", "Point", "Polygon", "frame", "houses", "layers", "town"]
