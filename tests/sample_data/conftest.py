"""The samples under test, made once, and their layers in metres."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from gis.base.crs import transform
from sample_data.generate import Sample, generate
from sample_data.plane import make_plane
from sample_data.spec import SPECS


class Measured:
    """A sample with the geometries of its layers in metres."""

    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.crs = make_plane(SPECS[str(sample.summary["size"])]).crs

    def __getitem__(self, layer: str) -> npt.NDArray[np.object_]:
        frame = self.sample.layers[layer]
        return transform(frame.geometry.to_numpy(), frame.crs, self.crs)


@pytest.fixture(scope="session")
def town() -> Measured:
    return Measured(generate("town", 1))


@pytest.fixture(scope="session")
def district() -> Measured:
    return Measured(generate("district", 1))


@pytest.fixture(scope="session", params=["town", "district"])
def sample(request: pytest.FixtureRequest) -> Measured:
    return request.getfixturevalue(request.param)
