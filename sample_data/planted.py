"""Reports with a known secret: hotspots, duplicates, points across the river, points outside every grid."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from sample_data import calendar, names, where
from sample_data.barriers import shore_y
from sample_data.drafts import Drafts, Times
from sample_data.layout import Layout
from sample_data.matters import catalogue
from sample_data.plane import Plane
from sample_data.spec import Spec
from sample_data.subdivide import BOTTOM, LEFT, RIGHT, TOP, Ints

Floats = npt.NDArray[np.float64]
HOT_CODES = {"09006", "S0202", "06010", "09009", "P03", "10001", "P02", "06029", "06013", "S0210", "06036"}


@dataclass(frozen=True, slots=True)
class Ground:
    """The plan and layers against which truth is planted."""

    layout: Layout
    bars: Ints  # flat x of the sandbars
    river: shapely.Polygon  # lon/lat
    streets: gpd.GeoDataFrame
    plane: Plane


@dataclass(frozen=True, slots=True)
class Hotspots:
    """Hotspots (n,): what, where in flat centimetres, how wide, from when, how long, how many."""

    matter: Ints
    xy: Floats
    label: npt.NDArray[np.object_]
    address: npt.NDArray[np.object_]
    radius_cm: Floats
    start: Times
    days: Ints
    count: Ints

    def table(self, plane: Plane) -> pd.DataFrame:
        """The truth about the hotspots."""
        lonlat = plane.lonlat(self.xy)
        kinds = [catalogue().matters[m] for m in self.matter]
        end = self.start + self.days.astype("timedelta64[D]")
        return pd.DataFrame(
            {
                "hotspot": np.arange(len(kinds)) + 1, "lon": lonlat[:, 0], "lat": lonlat[:, 1],
                "radius_m": np.round(self.radius_cm / 100.0, 1),
                "category_scheme": [k.scheme for k in kinds], "category_kind": [k.kind for k in kinds],
                "category_code": [k.code for k in kinds],
                "start": [f"{t}+08:00" for t in np.datetime_as_string(self.start, unit="s")],
                "end": [f"{t}+08:00" for t in np.datetime_as_string(end, unit="s")],
                "reports": self.count, "place": self.label,
            }
        )  # fmt: skip


def hotspots(
    spec: Spec, scene: where.Scene, outer: Ints, weights: Floats, rng: np.random.Generator
) -> Hotspots:
    """The size's hotspots, each a kind of matter that piles up at one place for some weeks of its season."""
    n = spec.hotspots
    able = np.array(catalogue().with_codes(HOT_CODES))
    matter = np.resize(rng.permutation(able), n)
    spots = _well_inside(scene, matter, outer, rng)
    days = rng.integers(21, 50, n)
    start = np.empty(n, dtype="datetime64[s]")
    for i, m in enumerate(matter):
        odds = weights[m][: calendar.DAYS - days[i]]
        day = int(rng.choice(len(odds), p=odds / odds.sum()))
        start[i] = calendar.START + np.timedelta64(day, "D")
    count = rng.integers(6, 9, n) if spec.reports < 1000 else rng.integers(25, 60, n)
    return Hotspots(
        matter, spots.xy, spots.label, spots.address, rng.uniform(5000, 11_000, n), start, days, count
    )


def _well_inside(scene: where.Scene, matter: Ints, outer: Ints, rng: np.random.Generator) -> where.Spots:
    """A spot for each matter, the first of eight tries that is 150 m from the outer border."""
    tries = 8
    place = np.array([catalogue().matters[m].place for m in np.tile(matter, tries)], dtype=object)
    spots = where.by_place(scene, place, rng)
    inner = (outer[2:, LEFT].max() + 15_000, outer[2:, BOTTOM].max() + 15_000)
    outward = (outer[:, RIGHT].reshape(2, 2)[:, 1].min() - 15_000, outer[:2, TOP].min() - 15_000)
    good = ((spots.xy > inner) & (spots.xy < outward)).all(axis=1).reshape(tries, -1)
    pick = good.argmax(axis=0) * len(matter) + np.arange(len(matter))
    return where.Spots(spots.xy[pick], spots.label[pick], spots.address[pick])


def hotspot_drafts(h: Hotspots, rng: np.random.Generator) -> Drafts:
    """The reports of the hotspots, within their radius and period."""
    which = np.repeat(np.arange(len(h.count)), h.count)
    n = len(which)
    turn, far = rng.uniform(0, 2 * np.pi, n), np.sqrt(rng.random(n)) * 0.8 * h.radius_cm[which]
    xy = h.xy[which] + np.column_stack([np.cos(turn) * far, np.sin(turn) * far])
    hour = rng.choice(24, n, p=calendar.HOURS / calendar.HOURS.sum())
    second = (
        (rng.random(n) * h.days[which]).astype(np.int64) * 86_400 + hour * 3600 + rng.integers(0, 3600, n)
    )
    at = h.start[which] + second.astype("timedelta64[s]")
    return _drafts(h.matter[which], at, xy, h.label[which], h.address[which], "hotspot", hotspot=which)


def _drafts(
    matter: Ints, at: Times, xy: Floats, label: npt.NDArray[np.object_], address: npt.NDArray[np.object_],
    plan: str, hotspot: Ints | None = None,
) -> Drafts:  # fmt: skip
    n = len(matter)
    none = np.full(n, -1, dtype=np.int64)
    return Drafts(
        matter, at, xy, label, address, none if hotspot is None else hotspot, none,
        np.zeros(n, dtype=bool), np.full(n, plan, dtype=object),
    )  # fmt: skip


def river_drafts(spec: Spec, ground: Ground, weights: Floats, rng: np.random.Generator) -> Drafts:
    """Reports at the tips of sandbars: the nearest street lies on the other bank."""
    n = max(3, min(60, spec.reports // 1200))
    bar = ground.bars[rng.integers(len(ground.bars), size=n)]
    x = bar + rng.uniform(-1000, 1000, n)
    y = shore_y(ground.layout, ground.bars, x) - rng.uniform(80, 350, n)
    matter = np.full(n, catalogue().of_family("river")[0])
    at = calendar.draw_times(matter, weights, rng)
    label = np.full(n, "江滩", dtype=object)
    return _drafts(
        matter, at, np.column_stack([x, y]), label, np.full(n, f"{names.RIVER}江滩", dtype=object), "river"
    )


def outside_drafts(spec: Spec, ground: Ground, weights: Floats, rng: np.random.Generator) -> Drafts:
    """Reports beyond the border: half of them within 50 m, half up to 1.5 km away."""
    n = max(4, min(200, spec.reports // 500))
    outer = ground.layout.outer
    sides = np.array(
        [(0, LEFT), (2, LEFT), (1, RIGHT), (3, RIGHT), (0, TOP), (1, TOP), (2, BOTTOM), (3, BOTTOM)]
    )
    quad, side = sides[rng.integers(len(sides), size=n)].T
    box = outer[quad].astype(np.float64)
    share = rng.uniform(0.1, 0.8, n)
    off = np.where(np.arange(n) % 2 == 0, rng.uniform(600, 3400, n), rng.uniform(12_000, 150_000, n))
    off = off * np.where((side == LEFT) | (side == BOTTOM), -1, 1)
    across = (side == LEFT) | (side == RIGHT)
    edge = box[np.arange(n), side] + off
    along_x = box[:, LEFT] + share * (box[:, RIGHT] - box[:, LEFT])
    along_y = box[:, BOTTOM] + share * (box[:, TOP] - box[:, BOTTOM])
    xy = np.column_stack([np.where(across, edge, along_x), np.where(across, along_y, edge)])
    able = np.array(catalogue().with_codes({"06010", "06011", "06013", "09009"}))
    matter = able[rng.integers(len(able), size=n)]
    at = calendar.draw_times(matter, weights, rng)
    return _drafts(
        matter,
        at,
        xy,
        np.full(n, "区界外路边", dtype=object),
        np.full(n, "区界附近", dtype=object),
        "outside",
    )


def duplicate_drafts(base: Drafts, copies: int, rng: np.random.Generator) -> tuple[Drafts, Drafts]:
    """Later reports of the same matter: within 30 m and 30 hours, one to three to a group."""
    able = np.flatnonzero((base.plan == "ordinary") & (base.at < calendar.END - np.timedelta64(40, "h")))
    size = np.minimum(rng.geometric(0.65, copies), 3)
    size = size[: int(np.searchsorted(np.cumsum(size), copies)) + 1]
    size[-1] -= int(size.sum()) - copies
    size = size[size > 0]
    first = rng.choice(able, len(size), replace=False)
    group = base.group.copy()
    group[first] = np.arange(len(size))
    marked = Drafts(
        base.matter, base.at, base.xy, base.label, base.address, base.hotspot, group, base.copy, base.plan
    )
    row = np.repeat(first, size)
    n = len(row)
    turn, far = rng.uniform(0, 2 * np.pi, n), rng.uniform(100, 2200, n)
    twins = marked.take(row)
    return marked, Drafts(
        twins.matter, twins.at + rng.integers(600, 30 * 3600, n).astype("timedelta64[s]"),
        twins.xy + np.column_stack([np.cos(turn) * far, np.sin(turn) * far]), twins.label, twins.address,
        twins.hotspot, twins.group, np.ones(n, dtype=bool), twins.plan,
    )  # fmt: skip
