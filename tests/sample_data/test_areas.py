"""The tree of areas: codes, counts, and tiles without gaps or overlaps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from sample_data.generate import Sample
from tests.sample_data.conftest import Measured

DIGITS = {"province": 2, "city": 4, "district": 6, "subdistrict": 9, "community": 12, "grid": 15}
SUBDISTRICTS = {"江沿", "长堤", "铁桥", "机务段", "榆荫", "丁香里", "白桦", "松浪"}


def _areas(sample: Sample) -> gpd.GeoDataFrame:
    areas = sample.layers["areas"]
    assert isinstance(areas, gpd.GeoDataFrame)
    return areas


def test_codes_nest(sample: Measured) -> None:
    areas = _areas(sample.sample)
    assert areas["code"].is_unique
    assert (areas["code"].str.len() == areas["level"].map(DIGITS)).all()
    child = areas[areas["level"] != "province"]
    assert child["parent"].isin(areas["code"]).all()
    assert all(c.startswith(p) for c, p in zip(child["code"], child["parent"], strict=True))
    assert (child["parent"].str.len() < child["code"].str.len()).all()


@pytest.mark.parametrize("level", ["grid", "community", "subdistrict"])
def test_areas_of_a_level_tile(sample: Measured, level: str) -> None:
    areas = _areas(sample.sample)
    tiles = areas.geometry[areas["level"] == level].to_numpy()
    assert shapely.coverage_is_valid(tiles)
    grown = tiles.copy()
    grown[0] = grown[0].buffer(1e-6)
    assert not shapely.coverage_is_valid(grown), "the check must be able to see an overlap"


def test_children_fill_their_parent(sample: Measured) -> None:
    areas = _areas(sample.sample)
    area_m2 = dict(zip(areas["code"], shapely.area(sample["areas"]), strict=True))
    for parent, children in areas[areas["level"] != "province"].groupby("parent")["code"]:
        assert sum(area_m2[c] for c in children) == pytest.approx(area_m2[parent], rel=1e-9)
    for level in ("district", "subdistrict", "community"):
        for code in areas.loc[areas["level"] == level, "code"]:
            own = areas.geometry[areas["code"] == code].iloc[0]
            union = shapely.coverage_union_all(areas.geometry[areas["parent"] == code].to_numpy())
            assert shapely.equals(own, union)
            assert shapely.get_num_geometries(own) == 1


def test_every_border_vertex_is_shared(district: Measured) -> None:
    """Grids meet vertex to vertex: a vertex inside a neighbour's edge would let the tiles drift apart."""
    areas = _areas(district.sample)
    tiles = areas.geometry[areas["level"] == "grid"].to_numpy()
    assert shapely.coverage_is_valid(tiles, gap_width=1e-6)


def test_posts_are_posts(sample: Measured) -> None:
    areas = _areas(sample.sample)
    grids = areas[areas["level"] == "grid"]
    assert grids["grid_worker"].is_unique
    assert grids["grid_worker"].str.fullmatch(r"网格员\d{4}").all()
    assert grids["grid_lead"].str.fullmatch(r"网格长\d{4}").all()
    home = dict(zip(grids["grid_worker"], grids["parent"], strict=True))
    assert (grids["substitute"].map(home) == grids["parent"]).all(), "a substitute is of the same community"
    assert (grids["substitute"] != grids["grid_worker"]).all()
    assert set(grids["kind"]) <= {"comprehensive", "dedicated"}
    assert areas.loc[areas["level"] != "grid", ["kind", "grid_worker"]].isna().all(axis=None)


def test_names(district: Measured) -> None:
    areas = _areas(district.sample)
    subs = areas[areas["level"] == "subdistrict"]
    assert set(subs["name"]) == {f"{s}街道" for s in SUBDISTRICTS}
    assert areas.loc[areas["level"] == "community", "name"].is_unique
    assert areas.loc[areas["level"] == "grid", "name"].is_unique
    assert areas.loc[areas["level"] == "district", ["code", "name"]].to_numpy().tolist() == [
        ["230199", "江湾区"]
    ]


def test_placed_at_harbin(sample: Measured) -> None:
    left, bottom, right, top = _areas(sample.sample).total_bounds
    assert 126.4 < left < 126.62 < right < 126.8
    assert 45.6 < bottom < 45.76 < top < 45.9


def test_coordinates_are_as_written(sample: Measured) -> None:
    """Layers hold exactly the seven decimals that the files hold."""
    for name in ("areas", "buildings", "streets", "gates", "stations", "barriers"):
        frame = sample.sample.layers[name]
        assert isinstance(frame, gpd.GeoDataFrame)
        xy = shapely.get_coordinates(frame.geometry.to_numpy())
        assert np.array_equal(xy, np.round(xy, 7))
