"""Row `link`: from every building to the streets it may take, against the one nearest edge that shapely finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from benchmarks.circles import streets
from benchmarks.harness import Row, compare, timed
from gis.walking.link import Leaving, Ways, as_links, link_all, world_of
from gis.walking.model import Links, Network, Objects, Quality, Uint8s
from gis.walking.obstacles import obstacles
from gis.walking.walls import edge_lines

NODES = {"town": 900, "district": 8_000, "city": 202_500}
BUILDINGS = {"town": 2_000, "district": 40_000, "city": 1_000_000}
BLOCK_M = 150.0
HALF_MM = (3_000.0, 9_000.0)
RIVERS = 3
_SAME_MM = 0.001


def run(size: str) -> Row:
    """Up to four links a building within 150 m and 40 m of the shortest, against `STRtree.query_nearest` with one.

    The input of both is points, no obstacles: all that the peer can do. What the rules ask for, with footprints,
    rivers and every other building in the way, is timed beside it.
    """
    network = streets(NODES[size], block_m=BLOCK_M)
    centre = _centres(network, BUILDINGS[size])
    points: Objects = np.asarray(shapely.points(centre), dtype=object)
    lines = edge_lines(network)
    link_all(_leaving(points[:10]), _world(network, np.empty(0, object), np.empty(0, object)))  # compiles
    setup_s = {}
    setup_s["ours"], world = timed(lambda: _world(network, np.empty(0, object), np.empty(0, object)))
    setup_s["shapely"], tree = timed(lambda: shapely.STRtree(lines))
    leaving = _leaving(points)
    ways, _ = link_all(leaving, world)
    return compare(
        "link",
        size,
        lambda: link_all(leaving, world),
        {"shapely": lambda: tree.query_nearest(points, all_matches=False)},
        agree=lambda answers: same(answers, points, lines),
        setup_s=setup_s,
        notes=[
            f"{len(points):,} buildings, {2 * network.edges:,} directed edges in {network.edges:,} lines;"
            f" {len(ways.point):,} links by ours, one each by shapely",
            "the leg of our shortest link is the distance to shapely's edge within 1 µm;"
            " buildings farther than 150 m have none here",
            *_by_the_rules(network, centre),
        ],
    )


def places_linked(network: Network, count: int, *, seed: int) -> Links:
    """Points uniform over the streets' box, linked by the rules without obstacles."""
    points: Objects = np.asarray(shapely.points(_centres(network, count, seed)), dtype=object)
    ways, reason = link_points(network, points)
    return as_links(ways, np.full(count, Quality.POINT, np.uint8), reason)


def link_points(network: Network, points: Objects) -> tuple[Ways, Uint8s]:
    """Points linked without obstacles."""
    return link_all(_leaving(points), _world(network, np.empty(0, object), np.empty(0, object)))


def _centres(network: Network, count: int, seed: int = 9) -> np.ndarray:
    """Uniform over the streets' box, in mm."""
    rng = np.random.default_rng(seed)
    low, high = network.node_xy_mm.min(axis=0), network.node_xy_mm.max(axis=0)
    placed: np.ndarray = np.rint(rng.uniform(low, high, (count, 2)))
    return placed


def _leaving(shapes: Objects) -> Leaving:
    count = len(shapes)
    rows, none = np.arange(count, dtype=np.int32), np.full(count, -1, np.int32)
    own = rows if count and shapely.get_type_id(shapes[0]) == 3 else none
    return Leaving(rows, shapes, own, none, np.full(count, Quality.POINT, np.uint8))


def _world(network: Network, barriers: Objects, buildings: Objects) -> Any:
    nothing = np.empty(0, dtype=object)
    blocks = obstacles(barriers, np.zeros(len(barriers), np.bool_), nothing, buildings)
    return world_of(network, np.full(network.edges, -1, np.int32), blocks)


def _by_the_rules(network: Network, centre: np.ndarray) -> list[str]:
    """The whole rule: squares as footprints, every other footprint and rivers as obstacles."""
    rng = np.random.default_rng(10)
    half = rng.uniform(*HALF_MM, len(centre))
    homes: Objects = np.asarray(
        shapely.box(*(centre - half[:, None]).T, *(centre + half[:, None]).T), dtype=object
    )
    (left, bottom), (right, top) = network.node_xy_mm.min(axis=0), network.node_xy_mm.max(axis=0)
    across = [(left, y, right, y + 60_000.0) for y in np.linspace(bottom, top, RIVERS + 2)[1:-1]]
    rivers: Objects = np.asarray(shapely.box(*np.array(across).T), dtype=object)
    made_s, world = timed(lambda: _world(network, rivers, homes))
    leaving = _leaving(homes)
    took_s, (ways, _) = timed(lambda: link_all(leaving, world))
    return [
        f"by the rules, footprints with all others and {RIVERS} rivers as obstacles: {took_s:.2f} s,"
        f" indexing {made_s:.2f} s, {len(ways.point):,} links"
    ]


def same(answers: dict[str, Any], points: Objects, lines: Objects) -> bool:
    """Whether our shortest leg is the distance to the peer's nearest edge, and those without a link are far."""
    found: tuple[Ways, Any] = answers["ours"]
    ways, _ = found
    shortest = np.full(len(points), np.inf)
    np.minimum.at(shortest, ways.point, ways.leg_um / 1000.0)
    if "shapely" not in answers:
        return True
    who, edge = answers["shapely"]
    distance = np.full(len(points), np.inf)
    distance[who] = shapely.distance(points[who], lines[edge])
    linked = np.isfinite(shortest)
    near: bool = bool((np.abs(shortest - distance)[linked] <= _SAME_MM).all())
    return near and bool((distance[~linked] > 150_000.0 - _SAME_MM).all())
