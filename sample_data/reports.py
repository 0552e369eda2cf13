"""Reports of a year and the truth planted in them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.base.datum import CoordSys, from_wgs84
from sample_data import calendar, planted, where
from sample_data.drafts import Drafts, Times, join_drafts
from sample_data.matters import catalogue
from sample_data.organisations import handling
from sample_data.plane import DECIMALS, Plane
from sample_data.spec import Spec, apportion, rng_for
from sample_data.truth import owning_grid, truth_tables

COORD_SYS = np.array([CoordSys.WGS84, CoordSys.GCJ02, CoordSys.BD09], dtype=object)
ACCURACY_M = {"grid_worker": (3, 12), "hotline": (20, 80), "resident_code": (5, 40), "property": (4, 15)}
OPEN_BY_AGE = (
    ("reported", 0.08), ("accepted", 0.3), ("filed", 0.8), ("dispatched", 2.0), ("handling", 9.0), ("feedback", 14.0),
    ("inspecting", 1e9),
)  # fmt: skip


def ordinary(
    n: int, scene: where.Scene, weights: npt.NDArray[np.float64], rng: np.random.Generator
) -> Drafts:
    """`n` unremarkable reports in the shares of the families."""
    book = catalogue()
    shares = apportion(n, np.array(list(book.families.values())))
    family = np.repeat(np.arange(len(shares)), shares)
    matter = np.empty(n, dtype=np.int64)
    for f, name in enumerate(book.families):
        mine = np.array(book.of_family(name))
        odds = np.array([book.matters[i].weight for i in mine])
        rows = family == f
        matter[rows] = rng.choice(mine, rows.sum(), p=odds / odds.sum())
    spots = where.by_place(scene, np.array([m.place for m in book.matters], dtype=object)[matter], rng)
    none = np.full(n, -1, dtype=np.int64)
    return Drafts(
        matter, calendar.draw_times(matter, weights, rng), spots.xy, spots.label, spots.address,
        hotspot=none, group=none, copy=np.zeros(n, dtype=bool), plan=np.full(n, "ordinary", dtype=object),
    )  # fmt: skip


def _words(d: Drafts, rng: np.random.Generator) -> list[str]:
    luck = rng.random((len(d.matter), 4))
    out = []
    for matter, label, (a, b, c, e) in zip(d.matter.tolist(), d.label, luck.tolist(), strict=True):
        texts = catalogue().matters[matter].texts
        out.append(
            texts[int(a * len(texts))].format(
                place=label or "此处", n=2 + int(b * 6), t=11 + int(c * 7), f=2 + int(e * 5)
            )
        )
    return out


def uuid7(at: Times, rng: np.random.Generator) -> list[str]:
    """Ids shaped like UUIDv7: milliseconds of `at` (local, UTC+8), then random bits."""
    millis = (at - np.timedelta64(8, "h")).astype("datetime64[ms]").astype(np.int64) + rng.integers(
        0, 1000, len(at)
    )
    high, low = rng.integers(0, 1 << 12, len(at)), rng.integers(0, 1 << 62, len(at))
    out = []
    for m, h, w in zip(millis.tolist(), high.tolist(), low.tolist(), strict=True):
        text = f"{(m << 80) | (7 << 76) | (h << 64) | (2 << 62) | w:032x}"
        out.append(f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}")
    return out


def _status(at: Times, duplicate: npt.NDArray[np.bool_], rng: np.random.Generator) -> tuple[list[str], Times]:
    """State at the end of the year and when it was reached for finished ones (NaT while open)."""
    n = len(at)
    days = rng.lognormal(0.6, 1.0, n) + 0.02
    stuck = rng.random(n) < 0.008
    done = at + np.minimum(days * 86_400, 1e9).astype("timedelta64[s]")
    finished = (done < calendar.END) & ~stuck
    luck = rng.random(n)
    end = np.where(
        duplicate, "merged", np.select([luck < 0.03, luck < 0.04], ["rejected", "cancelled"], "closed")
    )
    age = (calendar.END - at).astype(np.int64) / 86_400
    limits = np.array([limit for _, limit in OPEN_BY_AGE])
    waiting = np.array([name for name, _ in OPEN_BY_AGE])[
        np.searchsorted(limits, age * rng.uniform(0.6, 1.4, n))
    ]
    waiting = np.where(stuck & (luck < 0.4), "suspended", waiting)
    return np.where(finished, end, waiting).tolist(), np.where(finished, done, np.datetime64("NaT"))


def _stamp(at: Times) -> list[str | None]:
    return [None if t == "NaT" else f"{t}+08:00" for t in np.datetime_as_string(at, unit="s")]


def write_down(
    d: Drafts, plane: Plane, shares: tuple[float, float, float], rng: np.random.Generator
) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    """The report layer sorted by time, and the true WGS-84 lon/lat (n, 2) of each row; `d` must be sorted."""
    n = len(d.matter)
    truth = plane.lonlat(d.xy)
    datum = COORD_SYS[rng.choice(3, n, p=shares)]
    raw = truth.copy()
    for name in (CoordSys.GCJ02, CoordSys.BD09):
        rows = np.flatnonzero(datum == name)
        raw[rows] = np.round(np.column_stack(from_wgs84(truth[rows, 0], truth[rows, 1], name)), DECIMALS)
    source = rng.choice(list(catalogue().sources), n, p=np.array(list(catalogue().sources.values())))
    low, high = np.array([ACCURACY_M.get(s, (5, 30)) for s in source]).T
    status, closed = _status(d.at, d.copy, rng)
    kinds = [catalogue().matters[m] for m in d.matter.tolist()]
    urgent = np.array([m.code in {"S0704", "S0701", "S0705", "S0203", "S0205"} for m in kinds])
    luck = rng.random(n)
    frame = pd.DataFrame(
        {
            "id": uuid7(d.at, rng), "source": source,
            "category_scheme": [m.scheme for m in kinds], "category_kind": [m.kind for m in kinds],
            "category_code": [m.code for m in kinds], "text": _words(d, rng), "address": d.address,
            "lon": raw[:, 0], "lat": raw[:, 1], "coord_sys": [str(v) for v in datum],
            "accuracy_m": np.round(rng.uniform(low, high), 1),
            "urgency": np.select([urgent & (luck < 0.25), urgent | (luck < 0.03)], ["emergency", "urgent"], "normal"),
            "occurred_at": _stamp(d.at - (rng.exponential(5400, n) + 60).astype("timedelta64[s]")),
            "reported_at": _stamp(d.at), "status": status, "closed_at": _stamp(closed),
        }
    )  # fmt: skip
    return frame, truth


def make_reports(
    spec: Spec, scene: where.Scene, ground: planted.Ground, grids: gpd.GeoDataFrame, plane: Plane, seed: int
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The report layer and the truth tables: points, hotspots, duplicates, across_river, outside, swapped."""
    rng = rng_for(seed, "reports")
    weights = calendar.day_weights(seed)
    spots = planted.hotspots(spec, scene, ground.layout.outer, weights, rng)
    fixed = [
        planted.hotspot_drafts(spots, rng),
        planted.river_drafts(spec, ground, weights, rng),
        planted.outside_drafts(spec, ground, weights, rng),
    ]
    copies = round(spec.reports * 0.03)
    n = spec.reports - copies - sum(len(f.matter) for f in fixed)
    base = join_drafts([ordinary(n, scene, weights, rng), *fixed])
    base, twins = planted.duplicate_drafts(base, copies, rng)
    drafts = join_drafts([base, twins])
    drafts = drafts.take(np.argsort(drafts.at, kind="stable"))
    frame, truth = write_down(drafts, plane, (0.82, 0.12, 0.06), rng)
    handler = pd.Series([catalogue().handlers[catalogue().matters[m].family] for m in drafts.matter.tolist()])
    grid = pd.Series(owning_grid(truth, grids), dtype=object)
    frame["department"] = handling(frame["status"], handler, grid, grids["code"].iloc[0])
    return frame, truth_tables(frame, truth, drafts, spots, grids, ground, rng)
