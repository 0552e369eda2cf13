"""From the flat plane the district is drawn in to the ground.

The district is laid out with straight lines in a flat plane (integer centimetres). A conformal map bends
it: angles stay, so a rectangle stays a rectangle but for a few millimetres, while streets and river curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from gis.base.crs import metric_crs, project_xy, unproject_xy
from sample_data.spec import CENTRE_LAT, CENTRE_LON, TURN_DEG, Spec

Floats = npt.NDArray[np.float64]
DECIMALS = 7  # 1 cm on the ground: what the files hold is what the sample is


@dataclass(frozen=True, slots=True)
class Plane:
    """The conformal map of one sample: z -> turn · (z + bend · z² + a·exp(ikz) + b·exp(-ikz))."""

    centre: complex
    bend: complex
    wave: float
    amplitude: complex
    counter: complex
    crs: CRS
    origin: tuple[float, float]

    def metres(self, xy_cm: npt.ArrayLike) -> Floats:
        """Flat centimetres (n, 2) to metres (n, 2) in the sample's plane system."""
        flat = np.asarray(xy_cm, dtype=np.float64)
        z = (flat[:, 0] + 1j * flat[:, 1]) / 100.0 - self.centre
        waves = self.amplitude * np.exp(1j * self.wave * z) + self.counter * np.exp(-1j * self.wave * z)
        bent = (z + self.bend * z * z + waves) * np.exp(1j * math.radians(TURN_DEG))
        return np.column_stack([bent.real + self.origin[0], bent.imag + self.origin[1]])

    def lonlat(self, xy_cm: npt.ArrayLike) -> Floats:
        """Flat centimetres (n, 2) to longitude, latitude (n, 2), rounded to the files' precision."""
        xy = self.metres(xy_cm)
        lon, lat = unproject_xy(xy[:, 0], xy[:, 1], self.crs)
        return np.asarray(np.round(np.column_stack([lon, lat]), DECIMALS), dtype=np.float64)

    def metres_to_lonlat(self, xy: Floats) -> Floats:
        """Metres (n, 2) of the plane system to rounded longitude, latitude (n, 2)."""
        lon, lat = unproject_xy(xy[:, 0], xy[:, 1], self.crs)
        return np.asarray(np.round(np.column_stack([lon, lat]), DECIMALS), dtype=np.float64)


def make_plane(spec: Spec) -> Plane:
    """The map for `spec`: bends grow with the sample, turns stay within about 15 degrees."""
    left = min(q.left_m for q in spec.quadrants)
    right = max(q.right_m for q in spec.quadrants)
    bottom = min(q.bottom_m for q in spec.quadrants)
    top = max(q.top_m for q in spec.quadrants)
    width = right - left
    wave = 2 * math.pi / (1.35 * width)
    crs = metric_crs(CENTRE_LON)
    x, y = project_xy([CENTRE_LON], [CENTRE_LAT], crs)
    strength = {"town": 0.6, "city": 0.75}.get(spec.name, 1.0)
    return Plane(
        centre=complex((left + right) / 2, (bottom + top) / 2),
        bend=strength * 0.11 / width * complex(0.5, 0.8),
        wave=wave,
        amplitude=strength * 0.075 / wave * complex(0.3, 1.0),
        counter=strength * 0.055 / wave * complex(-0.8, 0.4),
        crs=crs,
        origin=(float(x[0]), float(y[0])),
    )
