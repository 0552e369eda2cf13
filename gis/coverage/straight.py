"""The straight-line radius, which others count by: shown beside the walked answer, labelled, never in its place."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from gis.base.crs import project_xy
from gis.coverage.kept import kept
from gis.coverage.model import Question
from gis.coverage.world import Reached, World
from gis.walking.model import Bools, Uint8s

Coordinates = npt.NDArray[np.float64]


def radius_m(question: Question) -> float:
    """The limit as a radius: metres, or minutes at the profile's speed on level ground."""
    return question.limit * question.profile.speed_mm_s / 1e9


def within(world: World, question: Question, reached: Reached) -> Bools:
    """Buildings (b) whose middle lies within the radius of the middle of one of the stations that count."""
    key = ("straight", replace(question, area=None, capacity=False))
    bits: Uint8s = kept(world, key, lambda: np.packbits(_within(world, question, reached)))
    return np.unpackbits(bits, count=len(world.buildings)).astype(np.bool_)


def _within(world: World, question: Question, reached: Reached) -> Bools:
    homes = kept(world, "homes in the plane", lambda: _middles(world, world.buildings))
    goals = kept(world, "stations in the plane", lambda: _middles(world, world.stations))[reached.stations]
    if not len(goals):
        return np.zeros(len(homes), dtype=np.bool_)
    radius = radius_m(question)
    apart, _ = cKDTree(goals).query(homes, distance_upper_bound=radius * (1 + 1e-9), workers=-1)
    near: Bools = apart <= radius
    return near


def _middles(world: World, frame: gpd.GeoDataFrame) -> Coordinates:
    """Centroids (n, 2) in metres of the plane of the walk."""
    spots = shapely.get_coordinates(shapely.centroid(frame.geometry.to_numpy()))
    x, y = project_xy(spots[:, 0], spots[:, 1], world.prepared().crs)
    return np.column_stack([x, y])
