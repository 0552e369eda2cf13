"""CSV, XLSX and JSON records: encodings, coordinate columns, and rows that have none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyproj import CRS

from gis.base.errors import Invalid, TooLarge, Unsupported
from gis.formats import tables
from gis.formats.place import table_points
from gis.formats.tables import find_lonlat, read_table
from tests.formats.places import real

ROWS = pd.DataFrame(
    {
        "编号": ["0012", "0013"],
        "名称": ["江沿社区党群服务中心", "长堤站"],
        "经度": ["126.5", "126.6"],
        "纬度": ["45.7", "45.8"],
    }
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_every_usual_encoding(tmp_path: Path, encoding: str, separator: str) -> None:
    path = tmp_path / "a.csv"
    ROWS.to_csv(path, index=False, encoding=encoding, sep=separator)
    table = read_table(path)
    pd.testing.assert_frame_equal(table.frame.astype(object), ROWS.astype(object))
    guessed = encoding in {"gb18030", "utf-16"}
    assert [note.code for note in table.notes] == ["encoding_guessed"] * guessed


def test_xlsx_keeps_leading_zeros_and_whole_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    ROWS.assign(storeys=[7.0, 9.0]).to_excel(path, index=False)
    frame = read_table(path).frame
    assert frame["编号"].tolist() == ["0012", "0013"]
    assert frame["storeys"].tolist() == ["7", "9"]
    points = table_points(frame)
    assert points.lon.tolist() == [126.5, 126.6]


def test_a_sheet_must_exist(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    ROWS.to_excel(path, index=False, sheet_name="站点")
    assert len(read_table(path, layer="站点").frame) == 2
    with pytest.raises(Invalid) as caught:
        read_table(path, layer="楼栋")
    assert caught.value.code == "layer_unknown"
    assert "站点" in caught.value.zh


def test_a_workbook_bomb_is_refused_before_unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    monkeypatch.setattr(tables, "XLSX_BYTES", 1_000_000)
    with pytest.raises(TooLarge):
        read_table(path)
    path.write_bytes(b"no zip at all")
    with pytest.raises(Unsupported):
        read_table(path)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (["id", "lon", "lat"], ("lon", "lat")),
        (["LNG", "LAT"], ("LNG", "LAT")),
        (["名称", "经度", "纬度"], ("经度", "纬度")),
        (["X", "Y", "longitude", "latitude"], ("longitude", "latitude")),
        (["x", "y"], ("x", "y")),
        (["lon", "name"], None),
    ],
)
def test_coordinate_columns_by_name(columns: list[str], found: tuple[str, str] | None) -> None:
    assert find_lonlat(columns) == found


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        ("", "45.7", "coordinate_missing"),
        ("NaN", "45.7", "bad_coordinate"),
        ("inf", "45.7", "bad_coordinate"),
        ("1_26", "45.7", "bad_coordinate"),
        ("1e999", "45.7", "bad_coordinate"),
        ("126°37'", "45.7", "bad_coordinate"),
        ("45.7", "126.6", "swapped_axes"),
        ("0", "0.0", "null_island"),
        ("200", "45", "out_of_range"),
    ],
)
def test_bad_coordinates_are_named_by_row(lon: str, lat: str, code: str) -> None:
    frame = pd.DataFrame({"lon": ["126.6", lon], "lat": ["45.7", lat]})
    points = table_points(frame)
    assert [(problem.row, problem.code) for problem in points.problems] == [(2, code)]
    assert np.isnan(points.lon[1])
    assert points.lon[0] == 126.6


def test_missing_columns_are_asked_for() -> None:
    frame = pd.DataFrame({"east": ["1"], "north": ["2"]})
    with pytest.raises(Invalid) as caught:
        table_points(frame)
    assert caught.value.code == "lonlat_columns"
    assert table_points(frame, lon="east", lat="north").lon.tolist() == [1.0]
    with pytest.raises(Invalid) as caught:
        table_points(frame, lon="east", lat="south")
    assert caught.value.code == "column_missing"


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "file_empty"), ("a,a\n1,2\n", "duplicate_column"), ("a\x00b\n", "file_unreadable")],
)
def test_broken_tables(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    if code == "duplicate_column":
        assert list(read_table(path).frame.columns) == ["a", "a.1"]  # the reader tells them apart itself
        return
    with pytest.raises(Invalid) as caught:
        read_table(path)
    assert caught.value.code == code


@pytest.mark.data
def test_the_nyc_reports_by_degrees_and_by_feet() -> None:
    frame = read_table(real("events/nyc311_animals.csv")).frame
    degrees = table_points(frame)
    assert len(frame) == 4969
    assert np.isfinite(degrees.lon).sum() == 4907
    assert {problem.code for problem in degrees.problems} == {"coordinate_missing"}
    names = {"lon": "X Coordinate (State Plane)", "lat": "Y Coordinate (State Plane)"}
    feet = table_points(frame, crs=CRS.from_epsg(2263), **names)
    assert np.nanmax(np.abs(feet.lon - degrees.lon)) < 1e-7
    assert np.nanmax(np.abs(feet.lat - degrees.lat)) < 1e-7
