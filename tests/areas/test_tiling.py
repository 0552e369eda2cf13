"""Overlaps, gaps and parts outside: found with their size, and none in a faultless tiling."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from benchmarks.inputs import grids
from gis.areas.tiling import gaps, outside, overlaps
from gis.base.crs import to_metric

DATA = Path(__file__).parents[3] / "shared/data"
WITHIN = grids(36).polygons
PARENTS = np.array([shapely.union_all(WITHIN[:18]), shapely.union_all(WITHIN[18:])], dtype=object)
OWNER = np.repeat([0, 1], 18)


def area_m2(shape: shapely.Geometry) -> float:
    return float(shapely.area(to_metric([shape])[0][0]))


def test_a_faultless_tiling_has_no_faults() -> None:
    assert overlaps(WITHIN).empty
    assert gaps(WITHIN, OWNER, PARENTS).empty
    assert outside(WITHIN, OWNER, PARENTS).empty


def test_an_overlap_is_found_with_its_size() -> None:
    grown = WITHIN.copy()
    grown[14] = shapely.union(grown[14], shapely.buffer(shapely.centroid(grown[15]), 0.0002))
    found = overlaps(grown)
    assert found[["a", "b"]].to_numpy().tolist() == [[14, 15]]
    expected = area_m2(shapely.intersection(grown[14], grown[15]))
    assert found["area_m2"][0] == pytest.approx(expected, rel=1e-4)
    assert found.geometry[0].within(shapely.buffer(grown[15], 1e-7))


def test_two_grids_on_the_same_ground_overlap_whole() -> None:
    found = overlaps(np.append(WITHIN, WITHIN[3]))
    assert found[["a", "b"]].to_numpy().tolist() == [[3, 36]]


def test_gaps_are_found_piece_by_piece() -> None:
    kept = np.delete(WITHIN, [4, 22])
    found = gaps(kept, np.delete(OWNER, [4, 22]), PARENTS)
    assert sorted(found["parent"]) == [0, 1]
    for parent, hole in ((0, WITHIN[4]), (1, WITHIN[22])):
        piece = found[found["parent"] == parent].iloc[0]
        assert piece["area_m2"] == pytest.approx(area_m2(hole), rel=1e-4)
        assert shapely.area(shapely.symmetric_difference(piece.geometry, hole)) < 1e-9


def test_a_parent_without_children_is_one_gap() -> None:
    found = gaps(WITHIN[:18], OWNER[:18], PARENTS)
    assert found["parent"].tolist() == [1]


def test_parts_outside_and_orphans() -> None:
    owner = OWNER.copy()
    owner[2], owner[7] = -1, 1
    found = outside(WITHIN, owner, PARENTS)
    assert sorted(found["child"]) == [2, 7]
    assert found["area_m2"].min() == pytest.approx(min(area_m2(WITHIN[2]), area_m2(WITHIN[7])), rel=1e-4)


def test_slivers_below_the_tolerance_are_no_fault() -> None:
    moved = shapely.transform(WITHIN, lambda xy: xy + 1e-10)
    mixed = np.where(np.arange(36) % 2 == 0, WITHIN, moved)
    assert overlaps(mixed).empty
    assert not overlaps(mixed, tolerance_m2=0.0).empty


def test_empty() -> None:
    assert overlaps([]).empty
    assert gaps([], [], []).empty
    assert gaps([], [], PARENTS)["parent"].tolist() in ([0, 1], [1, 0])
    assert outside([], [], PARENTS).empty


@pytest.mark.data
def test_the_zones_of_shenzhen_overlap_as_published() -> None:
    path = DATA / "grids/shenzhen_taz/SZ_districts.shp"
    if not path.exists():
        pytest.skip(f"real data is not beside the checkout: {path.name}")
    found = overlaps(gpd.read_file(path).to_crs(4326).geometry.to_numpy())
    assert found["area_m2"].sum() / 1e6 == pytest.approx(0.53, abs=0.005)


def test_only_siblings_overlap_where_groups_are_given() -> None:
    doubled = np.append(WITHIN, WITHIN[3])
    group = np.zeros(doubled.size, dtype=np.int64)
    assert overlaps(doubled, group=group)["a"].tolist() == [3]
    group[-1] = 1
    assert overlaps(doubled, group=group).empty
