"""Circles of stations: drawn once, stored with the versions they were made with, all of them provisional."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from sqlalchemy import Engine

from gis.base.crs import LONLAT, project_xy, transform
from gis.coverage import scope, store
from gis.coverage.model import Question
from gis.coverage.service import stations_inside
from gis.coverage.world import World, current_world
from gis.db.engine import unit_of_work
from gis.db.scope import scope_of
from gis.register.station_types import station_type
from gis.walking.circles import CIRCLE_VERSION, as_multipolygons, circle_polygons
from gis.walking.cost import limit_cost
from gis.walking.model import METRES, RULES_VERSION, Int64s, Objects, Profile
from gis.walking.path import only_points
from gis.walking.profiles import PROFILES
from gis.walking.search import reached_parts

Done = Callable[[int, int], None]

WATER = ("river", "water")
VERSION = f"{RULES_VERSION}+{CIRCLE_VERSION}"
"""Rule version of a stored circle: the rules of the distances, then those of the drawing."""
_UNIT = 1_000_000


def draw_circles(world: World, rows: Int64s, profile: Profile, limit: int) -> Objects:
    """MultiPolygons in lon/lat of stations (row numbers, rising) at an integer limit, empty where unlinked."""
    place = world.prepared()
    links = only_points(place.station_links, rows)
    parts = reached_parts(world.graph(profile), links, limit)
    spots = shapely.get_coordinates(shapely.centroid(world.stations.geometry.to_numpy()[rows]))
    x, y = project_xy(spots[:, 0], spots[:, 1], place.crs)
    drawn = circle_polygons(place.network, parts, np.column_stack([x, y]), _water(world, place.crs))
    return as_multipolygons(transform(drawn, place.crs, CRS.from_epsg(LONLAT)))


def _water(world: World, crs: CRS) -> Objects:
    barriers = world.layers.barriers
    if barriers is None or not len(barriers):
        return np.empty(0, dtype=object)
    wet = barriers.geometry.to_numpy()[barriers["kind"].isin(WATER).to_numpy()]
    return as_multipolygons(transform(wet[shapely.get_dimensions(wet) == 2], CRS.from_epsg(LONLAT), crs))


def circles(engine: Engine, question: Question, cache_dir: Path | None = None) -> gpd.GeoDataFrame:
    """The circles of a question's existing stations: code, name, type, geometry (lon/lat); those that are
    not stored yet are drawn and stored. Stations that reach no street are left out.
    """
    world = current_world(engine, cache_dir)
    scope.refuse_outside(world, scope_of(engine), scope.COVERAGE, question.area)
    rows = stations_inside(world, question)
    cost, whole = question.profile.name, question.limit % _UNIT == 0
    ids = world.stations["id"].to_numpy()[rows]
    with unit_of_work(engine) as session:
        if whole:
            known = store.read_circles(session, cost, question.limit // _UNIT, ids, _versions(world))
            shapes = dict(zip(known["station_id"], known.geometry, strict=True))
        else:
            shapes = {}
        missing = np.array([i for i, identifier in enumerate(ids) if identifier not in shapes], np.int64)
        if len(missing):
            fresh = draw_circles(world, rows[missing], question.profile, question.limit)
            shapes |= dict(zip(ids[missing], fresh, strict=True))
            if whole:
                store.lock_circles(session)
                store.add_circles(
                    session, _rows(world, ids[missing], question.profile, question.limit, fresh)
                )
    found = world.stations.iloc[rows][["code", "name", "type"]].reset_index(drop=True)
    frame = gpd.GeoDataFrame(found, geometry=[shapes[i] for i in ids], crs=LONLAT)
    return frame[~frame.geometry.is_empty].reset_index(drop=True)


def _versions(world: World) -> tuple[str, str]:
    return world.version, VERSION


def _rows(world: World, ids: Int64s, profile: Profile, limit: int, shapes: Objects) -> pd.DataFrame:
    stored = shapely.set_srid(shapes, LONLAT)
    network, rule = _versions(world)
    return pd.DataFrame(
        {
            "station_id": ids,
            "cost": profile.name,
            "limit_value": limit // _UNIT,
            "network_version": network,
            "rule_version": rule,
            "provisional": True,
            "geom": shapely.to_wkb(stored, hex=True, include_srid=True),
        }
    )


def own_circles(world: World) -> list[tuple[Profile, int, Int64s]]:
    """What is drawn ahead: every existing station at its type's radius, and at its tier by the standard profile."""
    wanted: dict[tuple[str, int], list[int]] = {}
    existing = np.flatnonzero((world.stations["status"] == "existing").to_numpy())
    for row, name in zip(existing, world.stations["type"].to_numpy()[existing], strict=True):
        kind = station_type(name)
        if kind.radius_m is not None and kind.tier_min is not None:
            wanted.setdefault((METRES.name, limit_cost(METRES, metres=kind.radius_m)), []).append(int(row))
            standard = PROFILES["standard"]
            wanted.setdefault((standard.name, limit_cost(standard, minutes=kind.tier_min)), []).append(
                int(row)
            )
    named = {METRES.name: METRES, **PROFILES}
    return [(named[name], limit, np.array(rows)) for (name, limit), rows in sorted(wanted.items())]


def store_own_circles(engine: Engine, progress: Done | None = None, cache_dir: Path | None = None) -> int:
    """Draw and store every station's own circles; how many. One transaction; types without a circle are left out."""
    world = current_world(engine, cache_dir)
    work = own_circles(world)
    ids, done, total = world.stations["id"].to_numpy(), 0, sum(len(rows) for *_, rows in work)
    with unit_of_work(engine) as session:
        store.lock_circles(session)
        store.delete_stale_circles(session, _versions(world))
        for profile, limit, rows in work:
            shapes = draw_circles(world, rows, profile, limit)
            store.add_circles(session, _rows(world, ids[rows], profile, limit, shapes))
            done += len(rows)
            if progress is not None:
                progress(done, total)
    return total
