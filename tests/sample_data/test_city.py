"""The city, for benchmarks: numbers and tiling (long, so only `make prove`)."""

from __future__ import annotations

import pytest
import shapely

from sample_data.generate import generate

pytestmark = pytest.mark.prove


def test_city_has_its_figures() -> None:
    sample = generate("city", 1)
    summary = sample.summary
    assert (summary["grids"], summary["buildings"], summary["stations"]) == (20_000, 1_000_000, 5_000)
    areas, streets = sample.layers["areas"], sample.layers["streets"]
    assert shapely.coverage_is_valid(areas.geometry[areas["level"] == "grid"].to_numpy())
    ends = shapely.get_point(streets.geometry.to_numpy(), [[0], [-1]]).ravel()
    nodes = len({tuple(p) for p in shapely.get_coordinates(ends).tolist()})
    assert 135_000 < nodes < 165_000
    shapes = sample.layers["buildings"].geometry.to_numpy()
    one, two = shapely.STRtree(shapes[:200_000]).query(shapes[:200_000], predicate="intersects")
    assert (one == two).all()
