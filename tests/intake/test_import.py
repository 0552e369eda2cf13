"""Importing layers: all or nothing, every bad row named, the same file twice changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from gis.areas.map_store import map_extent
from gis.base.datum import CoordSys
from gis.base.errors import Invalid, InvalidFile
from gis.db.cluster import Cluster
from gis.db.staging import Counts
from gis.intake.model import ImportOptions
from gis.intake.sample import load_sample
from gis.intake.service import import_layer, import_osm
from gis.intake.writing import write_report
from gis.register.store import assign_grids
from tests.database import cloned_engine
from tests.formats.places import real

pytestmark = pytest.mark.db


@pytest.fixture
def fresh(cluster: Cluster) -> Iterator[Engine]:
    """An empty migrated database for one test, since imports commit."""
    with cloned_engine(cluster) as made:
        yield made


def one(engine: Engine, query: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


def square(left: float, bottom: float, size: float = 0.01) -> dict[str, Any]:
    right, top = left + size, bottom + size
    ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
    return {"type": "Polygon", "coordinates": [ring]}


def write_geojson(path: Path, rows: list[tuple[dict[str, Any], Any]]) -> Path:
    features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rows]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def grids(path: Path, shift: float = 0.01) -> Path:
    rows: list[tuple[dict[str, Any], Any]] = [
        ({"code": "230199", "level": "district", "name": "江湾区"}, square(126.6, 45.7, 0.02)),
        ({"code": "230199001", "level": "subdistrict", "name": "江沿街道"}, square(126.6, 45.7, 0.02)),
    ]
    rows += [
        ({"编号": None, "code": f"23019900100100{n}", "level": "grid", "name": f"网格{n}", "parent": "230199001"},
         square(126.6 + n * shift, 45.7))
        for n in (0, 1)
    ]  # fmt: skip
    return write_geojson(path, rows)


def test_areas_get_parents_paths_and_a_service_area(fresh: Engine, tmp_path: Path) -> None:
    path = grids(tmp_path / "areas.geojson")
    report = import_layer(fresh, "areas", path)
    assert report.counts == {"areas": Counts(inserted=4)}
    assert one(fresh, "SELECT array_length(path, 1) FROM area WHERE code = '230199001001000'") == 3
    assert one(fresh, "SELECT count(*) FROM area WHERE path[array_length(path, 1)] = id") == 4
    assert one(fresh, "SELECT ST_Area(geom) FROM service_area") == pytest.approx(0.0004)
    assert import_layer(fresh, "areas", path).counts == {"areas": Counts(unchanged=4)}


def test_a_map_is_named_by_the_only_highest_area_or_not_at_all(fresh: Engine, tmp_path: Path) -> None:
    path = grids(tmp_path / "areas.geojson")
    features = json.loads(path.read_text())["features"]
    rows = [
        (row["properties"] | {"parent": ""}, row["geometry"])
        for row in features
        if len(row["properties"]["code"]) > 9
    ]
    import_layer(fresh, "areas", write_geojson(tmp_path / "grids.geojson", rows))
    with Session(fresh) as session:
        extent = map_extent(session)
    assert extent is not None
    assert (extent.code, extent.name) == ("", "")
    assert extent.bbox == pytest.approx((126.6, 45.7, 126.62, 45.71))
    import_layer(fresh, "areas", path)
    with Session(fresh) as session:
        extent = map_extent(session)
    assert extent is not None
    assert (extent.code, extent.name) == ("230199", "江湾区")


def test_overlapping_siblings_are_refused_or_noted(fresh: Engine, tmp_path: Path) -> None:
    path = grids(tmp_path / "areas.geojson", shift=0.009)
    with pytest.raises(InvalidFile) as caught:
        import_layer(fresh, "areas", path)
    assert [(p.row, p.code) for p in caught.value.problems] == [(4, "overlap")]
    assert one(fresh, "SELECT count(*) FROM area") == 0
    report = import_layer(fresh, "areas", path, ImportOptions(allow_overlaps=True))
    assert report.counted["overlaps"] == 1
    assert [note.code for note in report.notes].count("overlap") == 1
    assert one(fresh, "SELECT count(*) FROM area") == 4


def test_every_bad_row_is_named_and_nothing_is_stored(fresh: Engine, tmp_path: Path) -> None:
    path = tmp_path / "stations.csv"
    pd.DataFrame(
        [
            ["s1", "micro_station", "好", "126.6", "45.7", "existing", "40"],
            ["s2", "micro_station", "反", "45.7", "126.6", "existing", ""],
            ["s1", "micro_station", "重", "126.6", "45.7", "existing", ""],
            ["", "micro_station", "无", "126.6", "45.7", "existing", ""],
            ["s5", "micro_station", "态", "126.6", "45.7", "gone", ""],
            ["s6", "micro_station", "数", "126.6", "45.7", "existing", "many"],
            ["s7", "micro_station", "零", "0", "0", "existing", "-1"],
        ],
        columns=["编号", "类型", "名称", "经度", "纬度", "状态", "容量"],
    ).to_csv(path, index=False, encoding="gb18030")
    with pytest.raises(InvalidFile) as caught:
        import_layer(fresh, "stations", path)
    assert [(p.row, p.code) for p in caught.value.problems] == [
        (2, "swapped_axes"), (3, "duplicate_code"), (4, "value_missing"), (5, "bad_choice"), (6, "bad_value"),
        (7, "null_island"), (7, "too_small"),
    ]  # fmt: skip
    assert one(fresh, "SELECT count(*) FROM station") == 0
    report = import_layer(fresh, "stations", path, ImportOptions(skip_bad=True))
    assert report.counts == {"stations": Counts(inserted=1)}
    assert report.bad_rows == 6
    assert one(fresh, "SELECT capacity FROM station") == 40


def test_a_dry_run_counts_and_keeps_nothing(fresh: Engine, tmp_path: Path) -> None:
    path = grids(tmp_path / "areas.geojson")
    report = import_layer(fresh, "areas", path, ImportOptions(dry_run=True))
    assert report.counts == {"areas": Counts(inserted=4)}
    assert report.dry_run
    assert one(fresh, "SELECT count(*) FROM area") == 0


def test_an_import_is_on_record_and_a_dry_run_is_not(fresh: Engine, tmp_path: Path) -> None:
    path = grids(tmp_path / "a.geojson")
    import_layer(fresh, "areas", path, ImportOptions(dry_run=True))
    assert one(fresh, "SELECT count(*) FROM audit") == 0
    report = import_layer(fresh, "areas", path)
    told = one(fresh, "SELECT details FROM audit WHERE action = 'dataset.import' AND object_id = 'areas'")
    assert told == {"file": "a.geojson", "layers": {"areas": [report.counts["areas"].inserted, 0, 0]}}


def test_columns_are_mapped_set_and_asked_for(fresh: Engine, tmp_path: Path) -> None:
    path = write_geojson(tmp_path / "g.geojson", [({"TAZID": 1054.0}, square(114, 22))])
    with pytest.raises(Invalid) as caught:
        import_layer(fresh, "areas", path, ImportOptions(mapping={"code": "TAZID"}))
    assert caught.value.code == "field_missing"
    assert "--map level" in caught.value.zh
    options = ImportOptions(mapping={"code": "TAZID", "name": "TAZID"}, values={"level": "grid"})
    import_layer(fresh, "areas", path, options)
    assert one(fresh, "SELECT code FROM area") == "1054"
    with pytest.raises(Invalid) as caught:
        import_layer(fresh, "areas", path, replace(options, mapping={"codes": "TAZID"}))
    assert caught.value.code == "field_unknown"


def test_an_unknown_parent_and_compound_are_named(fresh: Engine, tmp_path: Path) -> None:
    lost = {"code": "x", "level": "grid", "name": "x", "parent": "nowhere"}
    path = write_geojson(tmp_path / "a.geojson", [(lost, square(126, 45))])
    with pytest.raises(InvalidFile) as caught:
        import_layer(fresh, "areas", path)
    assert [(p.row, p.code, p.value) for p in caught.value.problems] == [(1, "reference_unknown", "nowhere")]
    path = write_geojson(tmp_path / "b.geojson", [({"code": "b", "compound": "c9"}, square(126, 45))])
    with pytest.raises(InvalidFile) as caught:
        import_layer(fresh, "buildings", path)
    assert caught.value.problems[0].code == "reference_unknown"


def test_lines_of_several_parts_become_rows(fresh: Engine, tmp_path: Path) -> None:
    parts = {"type": "MultiLineString", "coordinates": [[[126, 45], [126.1, 45]], [[127, 45], [127.1, 45]]]}
    line = {"type": "LineString", "coordinates": [[126, 45], [126, 46]]}
    path = write_geojson(
        tmp_path / "s.geojson", [({"code": "m"}, parts), ({"code": "l", "steps": "maybe"}, line)]
    )
    with pytest.raises(InvalidFile) as caught:
        import_layer(fresh, "streets", path)
    assert [(p.row, p.code) for p in caught.value.problems] == [(2, "bad_value")]
    report = import_layer(fresh, "streets", path, ImportOptions(skip_bad=True))
    assert report.counts == {"streets": Counts(inserted=2)}
    assert one(fresh, "SELECT string_agg(code, ' ' ORDER BY code) FROM street") == "m.1 m.2"


def test_buildings_get_the_grid_that_covers_them(fresh: Engine, tmp_path: Path) -> None:
    import_layer(fresh, "areas", grids(tmp_path / "areas.geojson"))
    rows = [({"code": "in"}, square(126.602, 45.702, 0.001)), ({"code": "out"}, square(127, 45, 0.001))]
    import_layer(fresh, "buildings", write_geojson(tmp_path / "b.geojson", rows))
    query = "SELECT area.code FROM building LEFT JOIN area ON area.id = grid_id WHERE building.code = '{}'"
    assert one(fresh, query.format("in")) == "230199001001000"
    assert one(fresh, query.format("out")) is None


def test_stations_get_the_lowest_of_the_grids_they_stand_between(fresh: Engine, tmp_path: Path) -> None:
    import_layer(fresh, "areas", grids(tmp_path / "areas.geojson"))
    shared = "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(ST_Intersection(a.geom, b.geom)) p FROM area a"
    shared += " JOIN area b ON a.code = '230199001001000' AND b.code = '230199001001001') t"
    with fresh.connect() as connection:
        x, y = connection.execute(text(shared)).one()
    point = {"type": "Point", "coordinates": [x, y]}
    path = write_geojson(
        tmp_path / "s.geojson", [({"code": "s", "type": "micro_station", "name": "微站"}, point)]
    )
    import_layer(fresh, "stations", path)
    query = "SELECT area.code FROM station JOIN area ON area.id = grid_id"
    assert one(fresh, query) == "230199001001000"
    with Session(fresh) as session, session.begin():
        session.execute(text("UPDATE station SET grid_id = NULL"))
        assert assign_grids(session) == 1
        assert assign_grids(session) == 0


def test_reports_of_another_system_once_only(fresh: Engine, tmp_path: Path) -> None:
    import_layer(fresh, "areas", grids(tmp_path / "areas.geojson"))
    path = tmp_path / "old.csv"
    pd.DataFrame(
        [
            ["17", "冰溜子", "3/14/2025 1:20", "126.605", "45.705", "Closed", "3/14/2025 2:20"],
            ["18", "路灯不亮", "3/15/2025 1:20", "", "", "In Progress", ""],
        ],
        columns=["编号", "内容", "上报时间", "lon", "lat", "状态", "办结时间"],
    ).to_csv(path, index=False)
    category = {"category_scheme": "gbt47678.5-2026", "category_kind": "matter", "category_code": "09005"}
    options = ImportOptions(values=category)
    with pytest.raises(InvalidFile) as caught:
        import_layer(fresh, "reports", path, options)
    assert [(p.row, p.code) for p in caught.value.problems] == [(2, "coordinate_missing")]
    assert one(fresh, "SELECT count(*) FROM report") == 0
    options = replace(options, skip_bad=True)
    assert import_layer(fresh, "reports", path, options).counts == {"reports": Counts(inserted=1)}
    assert import_layer(fresh, "reports", path, options).counts == {"reports": Counts(unchanged=1)}
    assert one(fresh, "SELECT status FROM event") == "closed"
    assert one(fresh, "SELECT reported_at = timestamptz '2025-03-14 01:20+08' FROM report")


def test_one_datum_for_rows_that_name_their_own_is_refused(tmp_path: Path) -> None:
    """Before anything is stored, so no database is needed."""
    engine = create_engine("postgresql+psycopg://nobody@/none")
    path = tmp_path / "rows.csv"
    path.write_text("code,lon,lat,coord_sys,type,name\n1,126.6,45.7,gcj02,a,b\n2,126.6,45.7,wgs84,a,b\n")
    for kind in ("stations", "reports"):
        with pytest.raises(Invalid) as caught:
            import_layer(engine, kind, path, ImportOptions(coord_sys=CoordSys.GCJ02))
        assert (caught.value.code, caught.value.facts["row"]) == ("coord_sys_conflict", 2)


def test_the_report_is_written_as_json_and_safe_csv(fresh: Engine, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("code,type,name,lon,lat\n=1+1,t,n,45.7,126.6\n=1+1,t,n,126.6,45.7\n=1+1,t,n,126.6,45.7\n")
    report = import_layer(fresh, "stations", path, ImportOptions(skip_bad=True))
    write_report(report, tmp_path / "r.json")
    assert json.loads((tmp_path / "r.json").read_text())["bad_rows"] == 3 - report.counts["stations"].inserted
    write_report(report, tmp_path / "r.csv")
    assert ",'=1+1" in (tmp_path / "r.csv").read_text("utf-8-sig")


def test_a_map_extract_twice(fresh: Engine, tmp_path: Path) -> None:
    from tests.formats.test_osm import osm_text, way

    path = tmp_path / "a.osm"
    house = way(200, [10, 11, 12, 13, 10], building="yes")
    path.write_text(osm_text(way(100, [1, 2, 3], highway="residential") + house, {10: {"entrance": "yes"}}))
    first = import_osm(fresh, path)
    assert {name: c.inserted for name, c in first.counts.items()} == {
        "buildings": 1, "entrances": 1, "gates": 0, "stations": 0, "streets": 1, "barriers": 0,
    }  # fmt: skip
    again = import_osm(fresh, path)
    assert sum(c.inserted + c.updated for c in again.counts.values()) == 0
    assert one(fresh, "SELECT count(*) FROM entrance JOIN building ON building.id = building_id") == 1


@pytest.mark.data
def test_the_shenzhen_zones_report_their_own_faults(fresh: Engine) -> None:
    path = real("grids/shenzhen_taz/SZ_districts.shp")
    options = ImportOptions(mapping={"code": "TAZID", "name": "TAZID"}, values={"level": "grid"})
    with pytest.raises(InvalidFile) as caught:
        import_layer(fresh, "areas", path, options)
    assert {problem.code for problem in caught.value.problems} == {"overlap"}
    report = import_layer(fresh, "areas", path, replace(options, allow_overlaps=True))
    assert report.counts == {"areas": Counts(inserted=491)}
    assert report.counted["overlap_m2"] / 1e6 == pytest.approx(0.53, abs=0.005)


@pytest.mark.data
def test_lingang_goes_in(fresh: Engine) -> None:
    allow = ImportOptions(values={"level": "community"}, allow_overlaps=True)
    assert (
        import_layer(fresh, "areas", real("grids/lingang/grids.geojson"), allow).counts["areas"].inserted
        == 31
    )
    upper = ImportOptions(
        values={"level": "subdistrict"}, skip_bad=True, allow_overlaps=True, code_prefix="U"
    )
    report = import_layer(fresh, "areas", real("grids/lingang/grids_level1.geojson"), upper)
    assert (report.rows, report.bad_rows, report.counts["areas"].inserted) == (3, 1, 2)
    sensors = import_layer(
        fresh, "buildings", real("grids/lingang/sensors.geojson"), ImportOptions(skip_bad=True)
    )
    assert sensors.rows == 789
    assert {problem.code for problem in sensors.problems} == {"null_island", "duplicate_code"}
    stations = ImportOptions(layer="points", values={"type": "community_service_station"})
    path = real("grids/lingang/stations_asis.json")
    with pytest.raises(InvalidFile) as caught:
        import_layer(fresh, "stations", path, stations)
    assert [problem.code for problem in caught.value.problems] == ["swapped_axes"] * 5
    mended = replace(stations, mapping={"lon": "lat", "lat": "lng"})
    assert import_layer(fresh, "stations", path, mended).counts == {"stations": Counts(inserted=5)}


@pytest.mark.data
def test_the_nyc_reports_go_in(fresh: Engine, tmp_path: Path) -> None:
    city = write_geojson(
        tmp_path / "nyc.geojson",
        [({"code": "990000", "name": "NYC", "level": "grid"}, square(-74.5, 40.3, 1.2))],
    )
    import_layer(fresh, "areas", city)
    values = {"category_scheme": "gbt47678.5-2026", "category_kind": "matter", "category_code": "09005"}
    options = ImportOptions(values=values, skip_bad=True, time_zone="America/New_York")
    report = import_layer(fresh, "reports", real("events/nyc311_animals.csv"), options)
    assert (report.rows, report.bad_rows, report.counts["reports"].inserted) == (4969, 62, 4907)


def test_the_town_loads_once(fresh: Engine) -> None:
    town = Path(__file__).resolve().parents[2] / "sample_data" / "town"
    if not town.exists():
        pytest.skip("the town is not in this checkout")
    first = load_sample(fresh, town)
    summary = json.loads((town / "summary.json").read_text())
    assert first["buildings"].inserted == summary["buildings"]
    assert one(fresh, "SELECT count(*) FROM area WHERE level = 'grid'") == summary["grids"]
    assert one(fresh, "SELECT is_sample FROM dataset")
    again = load_sample(fresh, town)
    assert sum(counts.inserted + counts.updated for counts in again.values()) == 0
