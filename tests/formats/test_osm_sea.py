"""The sea of an extract from its shore: water is on the right, what is doubtful is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import LinearRing, LineString

from gis.formats.osm import read_osm
from gis.formats.osm_sea import seas

BOX = (0.0, 0.0, 0.1, 0.1)


def lines(*given: list[tuple[float, float]]) -> np.ndarray:
    return np.array([LineString(one) for one in given], dtype=object)


def test_water_is_on_the_right_of_the_shore_and_an_island_is_land() -> None:
    shore = [(-0.02, 0.05), (0.05, 0.06), (0.12, 0.05)]  # eastwards: the south is on the right
    island = list(
        LinearRing([(0.04, 0.02), (0.06, 0.02), (0.06, 0.03), (0.04, 0.03)]).coords
    )  # land on the left
    (water,), doubtful = seas(lines(shore, island), BOX)
    assert doubtful == 0
    assert water.contains(shapely.Point(0.02, 0.02))
    assert not water.intersects(shapely.Point(0.05, 0.025))
    assert not water.intersects(shapely.Point(0.05, 0.09))
    (north,), _ = seas(lines(shore[::-1]), BOX)
    assert north.contains(shapely.Point(0.05, 0.09))
    (pond,), _ = seas(lines(island[::-1]), BOX)  # drawn the other way round it holds water
    assert pond.area == pytest.approx(0.02 * 0.01)


def test_a_shore_cut_at_the_edge_goes_on_to_it_and_one_that_ends_inside_is_doubtful() -> None:
    cut = [(0.0006, 0.05), (0.05, 0.06), (0.0993, 0.05)]
    (water,), doubtful = seas(lines(cut[:2], cut[1:]), BOX)
    assert (doubtful, water.contains(shapely.Point(0.05, 0.01))) == (0, True)
    none, doubtful = seas(lines([(0.02, 0.05), (0.05, 0.06), (0.08, 0.05)]), BOX)
    assert (len(none), doubtful) == (0, 1)
    assert len(seas(lines(), BOX)[0]) == 0


def test_an_extract_by_the_sea_has_it_as_water(tmp_path: Path) -> None:
    nodes = {1: (0.0, 0.05), 2: (0.1, 0.05), 3: (0.02, 0.08), 4: (0.03, 0.08)}
    drawn = "".join(f'<node id="{n}" lon="{x}" lat="{y}" version="1"/>' for n, (x, y) in nodes.items())
    bounds = '<bounds minlat="0" minlon="0" maxlat="0.1" maxlon="0.1"/>'
    ways = (
        '<way id="1" version="1"><nd ref="1"/><nd ref="2"/><tag k="natural" v="coastline"/></way>'
        '<way id="2" version="1"><nd ref="3"/><nd ref="4"/><tag k="highway" v="path"/></way>'
    )
    path = tmp_path / "sea.osm"
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{bounds}{drawn}{ways}</osm>')
    barriers = read_osm(path).layers["barriers"]
    assert barriers["code"].tolist() == ["w1", "sea-w1.1"]
    assert barriers["kind"].tolist() == ["water", "water"]
    assert barriers.geometry[1].equals(shapely.box(0, 0, 0.1, 0.05))
