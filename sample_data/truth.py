"""The truth beside the reports: what was planted, in tables that tests and benchmarks can check against."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from gis.base.crs import LONLAT, transform
from sample_data.drafts import Drafts
from sample_data.planted import Ground, Hotspots
from sample_data.subdivide import Ints

Floats = npt.NDArray[np.float64]


def owning_grid(truth: Floats, grids: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """The code of the grid that covers each lon/lat point (n, 2), the lowest on a border, None outside."""
    codes = grids["code"].to_numpy()
    point, grid = shapely.STRtree(grids.geometry.to_numpy()).query(
        shapely.points(truth), predicate="covered_by"
    )
    order = np.lexsort((codes[grid], point))[::-1]
    out = np.full(len(truth), None, dtype=object)
    out[point[order]] = codes[grid[order]]
    return out


def _across(
    ids: npt.NDArray[np.object_], xy: Floats, grid: npt.NDArray[np.object_], ground: Ground
) -> pd.DataFrame:
    """The nearest street of each point, which lies beyond the water."""
    crs = ground.plane.crs
    lonlat = CRS.from_epsg(LONLAT)
    lines = transform(ground.streets.geometry.to_numpy(), lonlat, crs)
    spots = transform(np.asarray(shapely.points(xy)), lonlat, crs)
    water = transform(np.array([ground.river], dtype=object), lonlat, crs)[0]
    (row, line), far = shapely.STRtree(lines).query_nearest(spots, return_distance=True, all_matches=False)
    link = shapely.shortest_line(spots[row], lines[line])
    table = pd.DataFrame(
        {
            "id": ids[row], "street": ground.streets["code"].to_numpy()[line],
            "distance_m": np.round(far, 2), "crosses": shapely.crosses(link, water), "grid": grid[row],
        }
    )  # fmt: skip
    return table[table["crosses"]].drop(columns="crosses").reset_index(drop=True)


def _swapped(frame: pd.DataFrame, rows: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Raw rows with longitude and latitude exchanged, under ids of their own; an import must refuse them."""
    out = frame.iloc[rows].copy()
    out["lon"], out["lat"] = frame["lat"].to_numpy()[rows], frame["lon"].to_numpy()[rows]
    tail = rng.integers(0, 1 << 48, len(rows))
    out["id"] = [f"{i[:-12]}{t:012x}" for i, t in zip(out["id"], tail.tolist(), strict=True)]
    return out


def truth_tables(
    frame: pd.DataFrame, truth: Floats, d: Drafts, spots: Hotspots, grids: gpd.GeoDataFrame,
    ground: Ground, rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Tables by name; `frame`, `truth` (n, 2) and `d` describe the same reports in the same order."""
    ids = frame["id"].to_numpy(dtype=object)
    grid = owning_grid(truth, grids)
    river = np.flatnonzero(d.plan == "river")
    outside = np.flatnonzero(np.array([g is None for g in grid]))
    outline = transform(grids.geometry.to_numpy(), grids.crs, ground.plane.crs)
    tree = shapely.STRtree(outline)
    beyond = transform(np.asarray(shapely.points(truth[outside])), grids.crs, ground.plane.crs)
    (row, nearest), far = tree.query_nearest(beyond, return_distance=True, all_matches=False)
    grouped = np.flatnonzero(d.group >= 0)
    grouped = grouped[np.lexsort((grouped, d.group[grouped]))]
    hot = np.flatnonzero(d.hotspot >= 0)
    swap = rng.choice(
        np.flatnonzero((d.plan == "ordinary").astype(bool)), 6 if len(ids) < 1000 else 40, replace=False
    )
    return {
        "points": pd.DataFrame(
            {
                "id": ids, "lon": truth[:, 0], "lat": truth[:, 1], "coord_sys": frame["coord_sys"],
                "grid": grid, "plan": d.plan,
            }
        ),
        "hotspots": spots.table(ground.plane),
        "hotspot_reports": pd.DataFrame({"hotspot": d.hotspot[hot] + 1, "id": ids[hot]}),
        "duplicates": pd.DataFrame({"group": d.group[grouped] + 1, "id": ids[grouped], "copy": d.copy[grouped]}),
        "across_river": _across(ids[river], truth[river], grid[river], ground),
        "outside": pd.DataFrame(
            {
                "id": ids[outside][row], "nearest_grid": grids["code"].to_numpy()[nearest],
                "distance_m": np.round(far, 3), "within_50_m": far <= 50.0,
            }
        ),
        "swapped": _swapped(frame, np.sort(swap), rng),
    }  # fmt: skip
