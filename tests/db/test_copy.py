"""Binary COPY and staged upserts: every kind of value comes back, equal rows stay untouched."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from gis.db.copy import CHUNK_ROWS, copy_columns
from gis.db.staging import Counts, LayerTable, Reference, driver, save_frame, stage
from gis.register.store import LAYERS, save_layer

pytestmark = pytest.mark.db

SHAPES = np.array(
    [
        shapely.box(126, 45, 126.1, 45.1),
        shapely.Polygon(shapely.box(0, 0, 9, 9).exterior, [shapely.box(1, 1, 2, 2).exterior]),
        shapely.Point(126.123456789012345, 45.987654321098765),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
        shapely.LineString([(0, 0, 7), (1, 1, 8)]),
        None,
    ],
    dtype=object,
)


def test_every_kind_of_value_comes_back(session: Session) -> None:
    columns = {
        "words": ("text", pd.Series(["网格", "", None, "a'b\t\n\\", "🏠", "x"])),
        "small": ("int4", pd.Series([1, -(2**31), None, 2**31 - 1, 0, 5], dtype="Int64")),
        "big": ("int8", pd.Series([2**62, -1, 0, 1, None, 3], dtype="Int64")),
        "real": ("float8", pd.Series([1.5, None, -0.1, 1e300, 5e-324, 0.1])),
        "flag": ("bool", pd.Series([True, None, False, True, False, True], dtype="boolean")),
        "list": ("text[]", pd.Series([["a", "网"], [], ["x,y"], ["{}"], ['"'], None], dtype=object)),
        "geom": ("geometry", SHAPES),
    }
    stage(session, "values_back", columns)
    rows = (
        driver(session)
        .execute("SELECT *, ST_AsBinary(geom), ST_SRID(geom) FROM values_back ORDER BY _row")
        .fetchall()
    )
    for position, (_, values) in enumerate(columns.values()):
        if position < 6:
            wanted = [None if not isinstance(v, list) and pd.isna(v) else v for v in list(values)]
            assert [row[position + 1] for row in rows] == wanted
    back = shapely.from_wkb([row[8] for row in rows])
    assert shapely.equals_exact(back[:5], shapely.force_2d(SHAPES[:5]), 0).all()
    assert {row[9] for row in rows} == {4326, None}


def test_more_rows_than_a_chunk(session: Session) -> None:
    count = CHUNK_ROWS * 2 + 17
    numbers = np.arange(count)
    boxes = shapely.box(numbers / count, 0, numbers / count + 1, 1)
    driver(session).execute(
        "CREATE TEMPORARY TABLE many (n int4, geom geometry(Polygon, 4326)) ON COMMIT DROP"
    )
    done: list[int] = []
    columns = {"n": ("int4", numbers), "geom": ("geometry", boxes)}
    assert copy_columns(driver(session), "many", columns, done.append) == count
    found = driver(session).execute("SELECT count(*), sum(n), sum(ST_XMin(geom)) FROM many").fetchone()
    assert found is not None
    assert found[:2] == (count, int(numbers.sum()))
    assert found[2] == pytest.approx((numbers / count).sum())
    assert done[-1] == count


polygons = st.lists(
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=3, max_size=7, unique=True
).map(shapely.Polygon)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(polygons, min_size=1, max_size=6))
def test_polygons_keep_every_bit(session: Session, shapes: list[shapely.Polygon]) -> None:
    stage(session, "bits", {"geom": ("geometry", np.array(shapes, dtype=object))})
    rows = driver(session).execute("SELECT ST_AsBinary(geom) FROM bits ORDER BY _row").fetchall()
    assert [row[0] for row in rows] == [shapely.to_wkb(shape, byte_order=1) for shape in shapes]


def buildings(**changes: object) -> dict[str, object]:
    columns = {
        "code": pd.Series(["b1", "b2"]),
        "name": pd.Series(["一号楼", None], dtype=object),
        "households": pd.Series([10, None], dtype="Int64"),
        "geom": np.array([shapely.box(126, 45, 126.1, 45.1), shapely.Point(126, 45)], dtype=object),
    }
    return {**columns, **changes}


def test_the_same_rows_again_change_nothing(session: Session) -> None:
    assert save_layer(session, "buildings", buildings()) == (Counts(inserted=2), [])
    assert save_layer(session, "buildings", buildings()) == (Counts(unchanged=2), [])
    changed = buildings(households=pd.Series([11, None], dtype="Int64"))
    assert save_layer(session, "buildings", changed) == (Counts(updated=1, unchanged=1), [])


def test_columns_that_are_not_given_are_kept(session: Session) -> None:
    save_layer(session, "buildings", buildings())
    less = {name: values for name, values in buildings().items() if name != "households"}
    assert save_layer(session, "buildings", less)[0] == Counts(unchanged=2)
    stored = (
        "SELECT households FROM building_people p JOIN building b ON b.id = p.building_id WHERE b.code = 'b1'"
    )
    assert driver(session).execute(stored).fetchone() == (10,)


def test_columns_beside_are_rows_of_their_own_and_count_as_changes(session: Session) -> None:
    first = buildings(households=pd.Series([None, None], dtype="Int64"))
    assert save_layer(session, "buildings", first)[0] == Counts(inserted=2)
    assert driver(session).execute("SELECT count(*) FROM building_people").fetchone() == (0,)
    both = buildings(name=pd.Series(["新楼", None], dtype=object))
    assert save_layer(session, "buildings", both)[0] == Counts(updated=1, unchanged=1), "counted once"
    assert driver(session).execute("SELECT count(*) FROM building_people").fetchone() == (1,)
    assert save_layer(session, "buildings", first)[0] == Counts(updated=1, unchanged=1), "known no more"
    assert driver(session).execute("SELECT households FROM building_people").fetchall() == [(None,)]


def test_an_unknown_reference_comes_back_and_nothing_is_written(session: Session) -> None:
    lost = save_layer(session, "buildings", buildings(compound=pd.Series([None, "nowhere"], dtype=object)))[1]
    assert [(row.row, row.column, row.value) for row in lost] == [(1, "compound", "nowhere")]
    assert driver(session).execute("SELECT count(*) FROM building").fetchone() == (0,)


def test_layers_name_real_columns(session: Session) -> None:
    for layer in LAYERS.values():
        query = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'wangge' AND table_name = %s"
        there = {row[0] for row in driver(session).execute(query, [layer.table])}
        stored = set(layer.kinds) - {reference.column for reference in layer.references}
        assert stored | {reference.target for reference in layer.references} <= there
        if layer.beside:
            there = {row[0] for row in driver(session).execute(query, [layer.beside.table])}
            assert {layer.beside.key, *layer.beside.kinds} <= there


def test_an_empty_layer_is_nothing(session: Session) -> None:
    empty = {"code": pd.Series([], dtype=object), "geom": np.empty(0, dtype=object)}
    assert save_frame(session, LayerTable("building", LAYERS["buildings"].kinds), empty) == (Counts(), [])
    assert Reference("a", "b", "c").where == "true"
