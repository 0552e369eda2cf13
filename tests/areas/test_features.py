"""Areas as GeoJSON: every coordinate, name and part, as a reader of GeoJSON sees them."""

from __future__ import annotations

import json

import numpy as np
import psycopg
import pytest
import shapely
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from benchmarks.inputs import Grids, grids
from gis.areas.features import area_features
from tests.areas.points import with_holes_and_overlaps
from tests.areas.test_store import put

pytestmark = pytest.mark.db


def read(session: Session, **options: object) -> list[dict]:
    collection = json.loads(area_features(session, **options))
    assert collection["type"] == "FeatureCollection"
    return collection["features"]


def test_holes_parts_and_every_coordinate(session: Session) -> None:
    within = with_holes_and_overlaps()
    put(session, within)
    features = read(session)
    order = np.argsort(within.codes)
    assert [feature["id"] for feature in features] == within.codes[order].tolist()
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    assert set(shapely.get_type_id(shapes)) == {6}
    stored = within.polygons[order]
    assert shapely.hausdorff_distance(shapes, stored).max() < 1e-7
    assert shapely.get_num_coordinates(shapes).tolist() == shapely.get_num_coordinates(stored).tolist()
    assert shapely.area(shapely.symmetric_difference(shapes, stored)).max() < 1e-9
    shells = [shapely.get_exterior_ring(part) for part in shapely.get_parts(shapes)]
    assert shapely.is_ccw(shells).all()


@pytest.mark.parametrize("digits", [0, 1, 7, 9, 14])
def test_decimals(session: Session, digits: int) -> None:
    ring = [(-0.00000004, -0.5), (126.123456789, 45.0), (100.0, 60.10000005), (-179.999999999, 89.0)]
    put(session, Grids(np.array(["1"], dtype=object), np.array([shapely.Polygon(ring)], dtype=object)))
    got = read(session, digits=digits)[0]["geometry"]["coordinates"][0][0]
    stored = shapely.get_coordinates(shapely.orient_polygons(shapely.Polygon(ring)))
    np.testing.assert_allclose(got, stored, rtol=0, atol=0.5000001 * 10.0**-digits)
    raw = area_features(session, digits=digits).decode()
    assert "-0," not in raw
    assert "-0]" not in raw
    assert '"kind":null,"parent":null' in raw


def test_names_are_text_and_nothing_else(session: Session) -> None:
    put(session, grids(2))
    name = '\x01\t网格 "一"\\ </script>\n'
    session.execute(text("UPDATE area SET name = :name, kind = 'dedicated'"), {"name": name})
    properties = read(session)[0]["properties"]
    assert properties == {"code": "230199000001001", "name": name, "kind": "dedicated", "parent": None}


def test_a_subtree_and_an_empty_level(session: Session) -> None:
    put(session, grids(3))
    session.execute(text("UPDATE area SET path = ARRAY[id]"))
    assert [f["id"][-1] for f in read(session, within="230199000001002")] == ["2"]
    assert read(session, within="none") == []
    assert read(session, level="city") == []


def test_a_killed_connection_is_told_like_any_other(engine: Engine) -> None:
    with engine.connect() as other, Session(engine) as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(OperationalError) as caught:
            area_features(session)
        assert isinstance(caught.value.orig, psycopg.Error)
        session.invalidate()
