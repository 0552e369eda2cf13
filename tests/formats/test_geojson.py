"""Strict GeoJSON: our own table of flaws, and the labelled files of the public collection."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shapely.geometry import shape

from gis.base.errors import Invalid, InvalidFile, WanggeError
from gis.formats.geojson import read_geojson
from gis.formats.geometry import check_geometries
from tests.formats.places import real

SQUARE = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]


def feature(geometry: object) -> bytes:
    return json.dumps({"type": "Feature", "properties": {}, "geometry": geometry}).encode()


def codes(data: bytes, *, strict_winding: bool = False) -> set[str]:
    """Every code a file is refused with; empty where it is accepted."""
    try:
        document = read_geojson(data, strict_winding=strict_winding)
    except InvalidFile as error:
        return {problem.code for problem in error.problems}
    except WanggeError as error:
        return {error.code}
    lonlat = bool(document.frame.crs.is_geographic)
    checked = check_geometries(document.frame.geometry, required=False, lonlat=lonlat)
    collections = {p.code for p in checked.problems if p.code in {"geometry_kind", "geometry_empty"}}
    found = {problem.code for problem in document.problems + checked.problems}
    return found - collections


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"type":"Point","coordinates":[NaN,1]}', "bad_number"),
        ('{"type":"Point","coordinates":[1e999,1]}', "bad_number"),
        ('{"type":"Point","coordinates":[Infinity,1]}', "bad_number"),
        ('{"type":"Point","coordinates":[null,2]}', "bad_coordinate"),
        ('{"type":"Point","coordinates":[true,2]}', "bad_coordinate"),
        ('{"type":"Point","coordinates":["113.6","22"]}', "bad_coordinate"),
        ('{"type":"Point","coordinates":[1]}', "position_short"),
        ('{"type":"Point","coordinates":5}', "bad_coordinate"),
        ('{"type":"Point","coordinates":[1,2],"type":"Point"}', "duplicate_key"),
        ('{"type":"LineString","coordinates":[[1,2]]}', "line_too_short"),
        ('{"type":"LineString","coordinates":[[1,2],[3,4,5]]}', "mixed_dimensions"),
        ('{"type":"Point","coordinates":[1,2]', "bad_json"),
        ('{"type":"MultiPoint","coordinates":[[]]}', "part_empty"),
        ('{"type":"MultiPolygon","coordinates":[[]]}', "part_empty"),
        ("[]", "not_geojson"),
        ('"Point"', "not_geojson"),
        ("[" * 100_000, "too_deep"),
        ('{"type":"Point","coordinates":' + "[" * 70 + "1" + "]" * 70 + "}", "too_deep"),
        ('{"type":"Point","coordinates":[22.5,114.1]}', "swapped_axes"),
        ('{"type":"Point","coordinates":[0,0]}', "null_island"),
        ('{"type":"Point","coordinates":[999,999]}', "out_of_range"),
        ('{"type":"Polygon","coordinates":[[[0,0],[1,1],[2,2],[0,0]]]}', "zero_area"),
    ],
)
def test_flaws_are_refused_by_name(text: str, code: str) -> None:
    assert codes(text.encode()) == {code}


def test_a_good_feature_passes_the_same_check() -> None:
    assert codes(feature({"type": "Polygon", "coordinates": SQUARE})) == set()
    assert codes(feature({"type": "Point", "coordinates": [114.1, 22.5]})) == set()


def test_latin_text_is_refused_as_encoding() -> None:
    with pytest.raises(Invalid) as caught:
        read_geojson('{"type":"Point","name":"México"}'.encode("latin-1"))
    assert caught.value.code == "bad_encoding"


def test_winding_is_noted_or_refused() -> None:
    clockwise = feature({"type": "Polygon", "coordinates": [SQUARE[0][::-1]]})
    assert codes(clockwise) == set()
    assert [note.code for note in read_geojson(clockwise).notes] == ["ring_winding"]
    assert codes(clockwise, strict_winding=True) == {"ring_winding"}


def test_coordinates_are_not_rounded() -> None:
    lon, lat = 126.61999999999999, 45.760000000000005
    document = read_geojson(feature({"type": "Point", "coordinates": [lon, lat]}))
    point = document.frame.geometry.iloc[0]
    assert (point.x, point.y) == (lon, lat)


def test_a_crs_member_is_used_and_noted_and_never_read_as_a_path() -> None:
    root = {"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": "EPSG:4490"}}}
    document = read_geojson(json.dumps(root).encode())
    assert document.frame.crs.to_epsg() == 4490
    assert [note.code for note in document.notes] == ["crs_member"]
    root["crs"] = {"properties": {"name": "/etc/passwd"}}
    with pytest.raises(Invalid) as caught:
        read_geojson(json.dumps(root).encode())
    assert caught.value.code == "crs_unknown"


coordinates = st.floats(-80, 80, allow_nan=False).map(lambda value: value + 0.0)
values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(-200, 200),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@example(kind="MultiPoint", raw=[[]])
@given(kind=st.sampled_from(["Point", "LineString", "Polygon", "MultiPolygon", "MultiPoint"]), raw=values)
def test_any_coordinates_are_read_or_refused_never_crash(kind: str, raw: object) -> None:
    codes(json.dumps({"type": kind, "coordinates": raw}).encode())


@given(st.lists(st.tuples(coordinates, coordinates), min_size=2, max_size=8))
def test_lines_agree_with_shapely(points: list[tuple[float, float]]) -> None:
    geometry = {"type": "LineString", "coordinates": points}
    assert read_geojson(feature(geometry)).frame.geometry.iloc[0].equals_exact(shape(geometry), 0)


INVALID = {
    "invalid_exterior_not_ccw": "ring_winding",
    "invalid_interior_not_cw": "ring_winding",
    "invalid_incorrect_geometry_data_type": "coordinates_depth",
    "invalid_less_three_unique_nodes": "ring_too_short",
    "invalid_unclosed": "ring_unclosed",
    "invalid_feature_geometry_is_string": "geometry_type",
    "invalid_feature_id_type": "id_type",
    "invalid_feature_no_properties": "properties_missing",
    "invalid_feature_properties_is_array": "properties_type",
    "invalid_feature_properties_is_int": "properties_type",
    "invalid_feature_wrong_geometry_key": "geometry_missing",
    "invalid_featurecollection_feature_nullfeature": "not_a_feature",
    "invalid_featurecollection_features_is_object": "features_type",
    "invalid_featurecollection_no_features_member": "features_missing",
    "invalid_featurecollection_nulltype": "not_geojson",
    "invalid_featurecollection_type_lowercase": "not_geojson",
    "invalid_featurecollection_unknown_type": "not_geojson",
    "invalid_geometry_bbox_not4or6": "bbox_length",
    "invalid_geometry_bbox_not_list": "bbox_type",
    "invalid_geometry_bbox_not_numbers": "bbox_number",
    "invalid_geometry_coordinates_1d": "coordinates_depth",
    "invalid_geometry_coordinates_empty_position": "position_short",
    "invalid_geometry_coordinates_missing": "coordinates_missing",
    "invalid_geometry_coordinates_string": "bad_coordinate",
    "invalid_geometry_depth_deep_point": "coordinates_depth",
    "invalid_geometry_depth_deep_polygon": "coordinates_depth",
    "invalid_geometry_depth_shallow_linestring": "coordinates_depth",
    "invalid_geometry_depth_shallow_multipolygon": "coordinates_depth",
    "invalid_geometry_depth_shallow_polygon": "coordinates_depth",
    "invalid_geometry_geometrycollection_null_geometry": "geometry_type",
    "invalid_geometry_mislabeled_point": "coordinates_depth",
    "invalid_geometry_missing_type": "geometry_type_missing",
    "invalid_geometry_wrong_geometry_type": "geometry_type_unknown",
}
# Accepted with this note, or refused with this code.
PROBLEMATIC = {
    "problematic_3d_coordinates": "z_dropped",
    "problematic_4d_coordinates": "z_dropped",
    "problematic_crosses_antimeridian": "antimeridian",
    "problematic_duplicate_nodes": "duplicate_vertices",
    "problematic_excessive_coordinate_precision": "precision",
    "problematic_excessive_vertices": "precision",
    "problematic_feature_null_geometry": "geometry_null",
    "problematic_holes": "holes",
    "problematic_inner_and_exterior_ring_intersect": "invalid_geometry",
    "problematic_multitype_geometry_with_just_one_geometry": "single_part",
    "problematic_outside_lat_lon_boundaries": "out_of_range",
    "problematic_self_intersection_large": "invalid_geometry",
    "problematic_self_intersection_small": "invalid_geometry",
    "problematic_wrong_bbox_coordinate_order": "bbox_disagrees",
    "problematic_zero_length_linestring": "zero_length",
    "problematic_crs_defined": "crs_member",
    "problematic_geometry_not_wrapped": "not_wrapped",
    "problematic_geometrycollection_single": "collection",
    "problematic_nested_geometrycollection": "collection_nested",
}


@pytest.mark.data
def test_every_labelled_invalid_file_is_refused_by_its_reason() -> None:
    files = sorted(real("bad/geojson").glob("invalid_*/*.geojson"))
    found = {path.stem: codes(path.read_bytes(), strict_winding=True) for path in files}
    assert found == {name: {code} for name, code in INVALID.items()}


@pytest.mark.data
def test_every_labelled_valid_file_is_accepted() -> None:
    files = sorted(real("bad/geojson/valid").glob("*.geojson"))
    assert len(files) == 22
    assert {path.stem: codes(path.read_bytes(), strict_winding=True) for path in files} == {
        path.stem: set() for path in files
    }


@pytest.mark.data
def test_every_problematic_file_has_its_reason_or_note() -> None:
    files = sorted(real("bad/geojson").glob("problematic_*/*.geojson"))
    assert {path.stem for path in files} == set(PROBLEMATIC)
    for path in files:
        document = read_geojson(path.read_bytes())
        lonlat = bool(document.frame.crs.is_geographic)
        checked = check_geometries(document.frame.geometry, required=False, lonlat=lonlat)
        told = {p.code for p in document.problems + document.notes + checked.problems + checked.notes}
        assert PROBLEMATIC[path.stem] in told, path.stem
