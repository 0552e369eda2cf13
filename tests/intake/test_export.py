"""Layers out and in again, and no cell a spreadsheet would run."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from sqlalchemy.orm import Session

from gis.base.errors import Invalid, Unsupported
from gis.formats.safe_text import safe_cell, safe_cells
from gis.formats.vector import read_vector
from gis.formats.write import write_layer
from gis.intake.export import EXPORTS, LABELS, read_stored
from gis.register.store import save_layer

FRAME = gpd.GeoDataFrame(
    {
        "code": ["0012", "0013"],
        "name": ["=HYPERLINK(1)", "江沿站"],
        "capacity": pd.array([40, None], dtype="Int64"),
        "services": [["一", "二"], []],
    },
    geometry=[shapely.Point(126.61999999999999, 45.76), shapely.box(126, 45, 126.1, 45.1).reverse()],
    crs=4326,
)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"), ("+86 10", "'+86 10"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("-x", "'-x"),
        (" =1", "' =1"), ("-12.5", "-12.5"), ("江沿", "江沿"), (7, 7), (None, None), ("a=b", "a=b"),
    ],
)  # fmt: skip
def test_formulas_are_marked_as_text(cell: object, safe: object) -> None:
    assert safe_cell(cell) == safe


def test_column_names_are_made_safe_too() -> None:
    assert list(safe_cells(pd.DataFrame({"=a": [1]})).columns) == ["'=a"]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_spreadsheets_have_chinese_labels_and_no_formulas(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_layer(FRAME, path, LABELS)
    if suffix == ".csv":
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        table = pd.read_csv(path, dtype=str)
    else:
        rows = list(openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True))
        table = pd.DataFrame(rows[1:], columns=list(rows[0]))
    assert list(table.columns) == ["编号", "名称", "容量", "服务项目", "经度", "纬度"]
    assert table["名称"].tolist() == ["'=HYPERLINK(1)", "江沿站"]
    assert table["编号"].tolist() == ["0012", "0013"]
    # A workbook holds 15 digits, which is what Excel shows; CSV holds all.
    assert float(table["经度"][0]) == pytest.approx(126.61999999999999, abs=0 if suffix == ".csv" else 1e-12)


def test_geojson_follows_the_rule_and_keeps_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    write_layer(FRAME, path)
    root = json.loads(path.read_text())
    assert "crs" not in root
    assert root["features"][0]["geometry"]["coordinates"] == [126.61999999999999, 45.76]
    assert root["features"][1]["properties"] == {
        "code": "0013",
        "name": "江沿站",
        "capacity": None,
        "services": [],
    }
    layer = read_vector(path, strict_winding=True)
    assert layer.problems == []


def test_geopackage_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame = FRAME.drop(columns="services")
    frame.attrs["layer"] = "stations"
    write_layer(frame, path, LABELS)
    back = read_vector(path, layer="stations").frame
    assert back["名称"].tolist() == frame["name"].tolist()
    assert shapely.equals(back.geometry.values, frame.geometry.values).all()


def test_an_unknown_ending_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unsupported):
        write_layer(FRAME, tmp_path / "a.kml")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.db
@pytest.mark.parametrize("layer", EXPORTS)
def test_every_layer_can_be_read_when_empty(session: Session, layer: str) -> None:
    frame = read_stored(session, layer)
    assert len(frame) == 0
    assert "code" in frame.columns


@pytest.mark.db
def test_a_stored_layer_comes_out_with_its_field_names(session: Session) -> None:
    columns = {
        "code": pd.Series(["s1"]), "type": pd.Series(["micro_station"]), "name": pd.Series(["好"]),
        "capacity": pd.Series([7], dtype="Int64"), "services": pd.Series([["一"]]), "geom": [shapely.Point(126, 45)],
    }  # fmt: skip
    save_layer(session, "stations", columns)
    frame = read_stored(session, "stations")
    assert frame[["code", "capacity", "status"]].to_numpy().tolist() == [["s1", 7, "existing"]]
    assert frame["services"].tolist() == [["一"]]
    with pytest.raises(Invalid):
        read_stored(session, "nothing")
