"""Where a station could stand: points with the street they are on, cut by areas and exclusions, linked as stations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely

from gis.base.crs import LONLAT, unproject_xy
from gis.coverage.siting.request import SitingRequest
from gis.walking.model import Bools, Direct, Floats, Int32s, Links, Network, Objects, StreetKind
from gis.walking.path import only_points, only_stations, part_coordinates
from gis.walking.prepare import Layers, Prepared, prepare

_NOT_LINKED = (StreetKind.GATE, StreetKind.ICE)
_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Candidates:
    """Points in lon/lat (n), the street or the parcel's land use they come from ("" for points)."""

    lon: Floats
    lat: Floats
    street: Objects

    def __len__(self) -> int:
        return len(self.lon)

    def take(self, keep: Bools) -> Candidates:
        """Some of them."""
        return Candidates(self.lon[keep], self.lat[keep], self.street[keep])


def find(request: SitingRequest, network: Network) -> Candidates:
    """The candidates of a request before areas and exclusions. Raises `Invalid` (`siting_candidates`)."""
    wanted = request.wanted
    if wanted.kind == "points":
        xy = np.array(wanted.points)
        return Candidates(xy[:, 0], xy[:, 1], np.full(len(xy), "", dtype=object))
    if wanted.kind == "parcels":
        inner = shapely.point_on_surface(wanted.parcels)
        xy = shapely.get_coordinates(inner).round(_DIGITS)
        return Candidates(xy[:, 0], xy[:, 1], np.array(wanted.uses, dtype=object))
    return along_streets(network, wanted.spacing_m)


def along_streets(network: Network, spacing_m: float) -> Candidates:
    """A point every `spacing_m` along the streets that stations may link to, counted on from street to street.

    Streets are taken in the network's own order, so that the points do not depend on the order of the input. The
    points are rounded as they are shown (7 digits), so that a station added there links the same way.
    """
    open_to_all = (network.forward | network.backward) & ~np.isin(network.kind, _NOT_LINKED)
    edge = np.flatnonzero(open_to_all)
    end = np.cumsum(network.length_um[edge])
    step = int(spacing_m * 1_000_000)
    total = int(end[-1]) if len(end) else 0
    mark = np.arange(step // 2, total, step, dtype=np.int64)
    on = np.searchsorted(end, mark, side="right")
    at = mark - (end[on] - network.length_um[edge[on]])
    xy, start = part_coordinates(network, edge[on], at, at)
    lon, lat = unproject_xy(xy[start[:-1], 0], xy[start[:-1], 1], network.crs)
    return Candidates(np.round(lon, _DIGITS), np.round(lat, _DIGITS), network.code[edge[on]])


def without(found: Candidates, exclude: shapely.Geometry | None) -> Candidates:
    """Those that are not in (or on the border of) an excluded area."""
    if exclude is None:
        return found
    shapely.prepare(exclude)
    return found.take(~shapely.intersects_xy(exclude, found.lon, found.lat))


@dataclass(frozen=True, slots=True)
class LinkedCandidates:
    """Candidates that have a link or a direct way, and how many have none."""

    points: Candidates
    links: Links
    direct: Direct
    unlinked: int


def link(found: Candidates, layers: Layers, ready: Prepared) -> LinkedCandidates:
    """Link the candidates as stations by the rules: exactly as if one were added to `layers`."""
    codes = [f"candidate-{row:06d}" for row in range(len(found))]
    frame = gpd.GeoDataFrame({"code": codes}, geometry=shapely.points(found.lon, found.lat), crs=LONLAT)
    made = prepare(replace(layers, stations=frame), crs=ready.crs)
    linked = np.zeros(len(found), dtype=np.bool_)
    linked[made.station_links.point] = True
    linked[made.direct.station] = True
    rows = np.flatnonzero(linked)
    return LinkedCandidates(
        found.take(linked),
        only_points(made.station_links, rows),
        only_stations(made.direct, rows, len(found)),
        int((~linked).sum()),
    )


def only_homes(direct: Direct, rows: Int32s | np.ndarray, buildings: int) -> Direct:
    """Direct pairs of some buildings, renumbered in the order of `rows`."""
    number = np.full(buildings, -1, np.int32)
    number[rows] = np.arange(len(rows), dtype=np.int32)
    keep = number[direct.point] >= 0
    return Direct(number[direct.point[keep]], direct.station[keep], direct.leg_um[keep])
