"""`wangge coverage` on files alone: any format and reference system in, one row a building out."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, box
from typer.testing import CliRunner

from gis.cli.main import app
from gis.coverage.files import ordered_stations
from tests.walking.towns import frame

RUN = CliRunner()


def at(frame_: gpd.GeoDataFrame, crs: int | None) -> gpd.GeoDataFrame:
    return frame_ if crs is None else frame_.to_crs(crs)


def write(
    folder: Path, suffix: str = ".geojson", crs: int | None = 4326, **layers: gpd.GeoDataFrame
) -> list[str]:
    arguments = []
    for name, layer in layers.items():
        path = folder / f"{name}{suffix}"
        at(layer, crs).to_file(path)
        arguments += [f"--{name}", str(path)]
    return arguments


def village() -> dict[str, gpd.GeoDataFrame]:
    homes = [
        Point(0, 10),
        box(195, 5, 205, 15),
        Point(990, 20),
        Point(1500, 10),
        Point(3100, 10),
        Point(0, 5000),
    ]
    return {
        "streets": frame([LineString([(0, 0), (4000, 0)])], code=["S"]),
        "buildings": frame(homes, id=["a", "b", "c", "d", "e", "f"]),
        "stations": frame([Point(0, -20), Point(0, 20)], code=["T2", "T1"]),
    }


def answer(arguments: list[str], out: Path) -> list[dict[str, str]]:
    result = RUN.invoke(app, ["coverage", *arguments, "--out", str(out)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_row_a_building_with_distance_beyond_the_limit(tmp_path: Path):
    rows = answer([*write(tmp_path, **village()), "--metres", "1000"], tmp_path / "o.csv")
    assert [row["building"] for row in rows] == list("abcdef")
    assert [row["station"] for row in rows] == [
        "T1",
        "T1",
        "T1",
        "T1",
        "",
        "",
    ]  # equal distances: the lower code
    assert [row["distance_m"] for row in rows[:4]] == [
        "30.000000",
        "220.000000",
        "1030.000000",
        "1530.000000",
    ]
    assert [row["covered"] for row in rows] == ["true", "true", "false", "false", "false", "false"]
    assert [row["borderline"] for row in rows] == ["false", "false", "true", "false", "false", "false"]
    assert [row["reason"] for row in rows] == ["", "", "distance", "distance", "distance", "unlinked"]
    assert rows[5]["detail"] == "too_far"
    assert rows[4]["distance_m"] == ""  # beyond 3,000 m


def test_who_links_only_to_an_island_is_told_so(tmp_path: Path):
    layers = village()
    island = frame([LineString([(-100, 4980), (100, 4980)])], code=["I"])
    layers["streets"] = pd.concat([layers["streets"], island], ignore_index=True)
    rows = answer([*write(tmp_path, **layers), "--metres", "1000"], tmp_path / "o.csv")
    assert [(row["reason"], row["detail"]) for row in rows[2:]] == [
        ("distance", ""), ("distance", ""), ("distance", ""), ("distance", "island"),
    ]  # fmt: skip
    said = RUN.invoke(
        app, ["coverage", *write(tmp_path, **layers), "--metres", "1000", "--out", str(tmp_path / "o.csv")]
    )
    assert "(detail = island; check the street data): 1" in " ".join(said.stderr.split())
    layers["stations"] = frame([Point(0, 4970)], code=["T1"])  # the other way round: the mainland has none
    rows = answer([*write(tmp_path, **layers), "--metres", "1000"], tmp_path / "o.csv")
    assert [row["detail"] for row in rows] == ["island"] * 5 + [""]
    layers["stations"] = frame(
        [Point(0, 9000)], code=["T1"]
    )  # a station without a link blames nobody's streets
    rows = answer([*write(tmp_path, **layers), "--metres", "1000"], tmp_path / "o.csv")
    assert {row["detail"] for row in rows} == {""}


def test_minutes_are_walked_by_a_profile(tmp_path: Path):
    files = write(tmp_path, **village())
    standard = answer([*files, "--minutes", "15"], tmp_path / "o.csv")
    assert [row["covered"] for row in standard[:3]] == ["true", "true", "false"]
    assert float(standard[1]["time_s"]) == pytest.approx(220, abs=0.002)
    elderly = answer([*files, "--minutes", "15", "--profile", "elderly"], tmp_path / "o.csv")
    assert float(elderly[1]["time_s"]) == pytest.approx(275, abs=0.002)
    assert float(elderly[1]["distance_m"]) == pytest.approx(220, abs=0.002)


@pytest.mark.parametrize(
    ("suffix", "crs"), [(".shp", None), (".geojson", 3857), (".geojson", 32652), (".geojson", None)]
)
def test_any_declared_reference_system_gives_the_same_to_a_millimetre(
    tmp_path: Path, suffix: str, crs: int | None
):
    layers = village()
    files = write(tmp_path, suffix, crs, streets=layers.pop("streets"))
    rows = answer([*files, *write(tmp_path, crs=crs, **layers), "--metres", "1000"], tmp_path / "o.csv")
    got = np.array([float(row["distance_m"]) for row in rows[:4]])
    np.testing.assert_allclose(got, [30, 220, 1030, 1530], atol=0.005)


@pytest.mark.parametrize(("lon", "lat"), [(-73.9, 40.7), (24.9, 60.2), (151.2, -33.9), (-0.001, 51.5)])
def test_it_works_anywhere_in_the_world(tmp_path: Path, lon: float, lat: float):
    plane = gpd.GeoSeries([Point(lon, lat)], crs=4326).estimate_utm_crs()
    origin = gpd.GeoSeries([Point(lon, lat)], crs=4326).to_crs(plane)[0]
    layers = {
        name: layer.set_geometry(
            shapely.transform(
                layer.geometry.to_numpy(), lambda xy: xy - [550_000, 5_070_000] + [origin.x, origin.y]
            )
        ).set_crs(plane, allow_override=True)
        for name, layer in village().items()
    }
    rows = answer([*write(tmp_path, **layers), "--metres", "1000"], tmp_path / "o.csv")
    got = np.array([float(row["distance_m"]) for row in rows[:4]])
    np.testing.assert_allclose(got, [30, 220, 1030, 1530], rtol=8e-4)  # UTM's own scale


def test_buildings_without_the_field_are_named_by_their_row(tmp_path: Path):
    layers = village()
    layers["buildings"] = layers["buildings"].rename(columns={"id": "bld"})
    files = write(tmp_path, **layers)
    assert [row["building"] for row in answer([*files, "--metres", "500"], tmp_path / "o.csv")] == list(
        "012345"
    )
    named = answer([*files, "--metres", "500", "--id-field", "bld"], tmp_path / "o.csv")
    assert [row["building"] for row in named] == list("abcdef")


def test_foot_columns_make_a_street_one_way(tmp_path: Path):
    layers = village()
    layers["streets"]["foot_backward"] = [False]
    rows = answer([*write(tmp_path, **layers), "--metres", "1000"], tmp_path / "o.csv")
    assert [row["covered"] for row in rows[:3]] == ["true", "false", "false"]


def test_walls_gates_and_barriers_count(tmp_path: Path):
    layers = village() | {
        "compounds": frame([box(150, -50, 250, 50)], code=["C"]),
        "gates": frame([Point(200, 50)], code=["G"], access=["staff"]),
        "barriers": frame([LineString([(-10, 5), (10, 5)])], code=["W"], kind=["wall"]),
    }
    rows = answer([*write(tmp_path, **layers), "--metres", "1100"], tmp_path / "o.csv")
    assert [row["reason"] for row in rows[:3]] == ["unlinked", "unlinked", "barrier"]
    assert [row["detail"] for row in rows[:2]] == ["wall", "gate"]


def test_tables_with_lon_and_lat_stand_for_points(tmp_path: Path):
    layers = village()
    files = write(tmp_path, **{k: v for k, v in layers.items() if k == "streets"})
    for name in ("buildings", "stations"):
        layer = layers[name].to_crs(4326)
        spots = layer.geometry.representative_point()
        table = layer.drop(columns="geometry").assign(lon=spots.x, lat=spots.y)
        table.to_csv(tmp_path / f"{name}.csv", index=False)
        files += [f"--{name}", str(tmp_path / f"{name}.csv")]
    rows = answer([*files, "--metres", "1000"], tmp_path / "o.csv")
    assert [row["covered"] for row in rows[:3]] == ["true", "true", "false"]


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (["--metres", "100", "--minutes", "5"], "limit_unit"),
        ([], "limit_unit"),
        (["--metres", "-1"], "limit_out_of_range"),
        (["--metres", "3001"], "3000 米"),
        (["--minutes", "1e9"], "40 分钟"),
        (["--minutes", "5", "--profile", "giant"], "unknown_profile"),
        (["--metres", "100", "--station-field", "nothing"], "no_such_column"),
    ],
)
def test_wrong_questions_are_refused_by_name(tmp_path: Path, extra: list[str], code: str):
    files = write(tmp_path, **village())
    result = RUN.invoke(app, ["coverage", *files, "--out", str(tmp_path / "o.csv"), *extra])
    assert result.exit_code == 1
    assert code in result.stderr
    assert not (tmp_path / "o.csv").exists()


def test_stations_are_ordered_by_code_and_only_existing_ones_count():
    shapes = [Point(0, 0)] * 4
    codes, status = ["10", "9", "2", "7"], ["existing", None, "planned", "existing"]
    _, kept = ordered_stations(frame(shapes, code=codes, status=status), None)
    assert kept.tolist() == ["7", "9", "10"]
    _, words = ordered_stations(frame(shapes, id=["b", "a", "c", "B"]), None)
    assert words.tolist() == ["B", "a", "b", "c"]
    _, rows = ordered_stations(frame(shapes), None)
    assert rows.tolist() == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("layer", "wrong", "code"),
    [
        ("streets", Point(0, 0), "no_lines"),
        ("streets", box(0, 0, 9, 9), "no_lines"),
        ("buildings", LineString([(0, 0), (9, 9)]), "no_buildings"),
        ("stations", LineString([(0, 0), (9, 9)]), "no_points"),
        ("barriers", Point(0, 0), "no_barriers"),
        ("compounds", Point(0, 0), "no_polygons"),
        ("gates", box(0, 0, 9, 9), "no_points"),
    ],
)
def test_a_layer_of_the_wrong_shapes_is_named(tmp_path: Path, layer: str, wrong: object, code: str):
    layers = village() | {layer: frame([wrong], code=["w"])}
    result = RUN.invoke(
        app, ["coverage", *write(tmp_path, **layers), "--metres", "500", "--out", str(tmp_path / "o.csv")]
    )
    assert result.exit_code == 1
    assert f"[{code}]" in result.stderr
    assert f"{layer}.geojson" in result.stderr
    assert not (tmp_path / "o.csv").exists()


def test_it_is_said_when_rows_are_numbered_and_stations_left_out(tmp_path: Path):
    layers = village()
    layers["stations"] = frame(
        [Point(0, -20), Point(0, 20)], code=["T2", "T1"], status=["planned", "existing"]
    )
    arguments = ["coverage", *write(tmp_path, **layers), "--metres", "500", "--out", str(tmp_path / "o.csv")]
    plain, numbered = RUN.invoke(app, arguments), RUN.invoke(app, [*arguments, "--id-field", "mine"])
    assert plain.exit_code == numbered.exit_code == 0
    assert "planned 1" in plain.stderr
    assert "--id-field" not in plain.stderr
    assert "--id-field" in numbered.stderr


def test_an_interrupted_answer_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(_frame: pd.DataFrame, path: Path, **_: object) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    arguments = [
        "coverage",
        *write(tmp_path, **village()),
        "--metres",
        "500",
        "--out",
        str(tmp_path / "o.csv"),
    ]
    (tmp_path / "o.csv").write_text("before")
    before = {item.name for item in tmp_path.iterdir()}
    monkeypatch.setattr(pd.DataFrame, "to_csv", interrupted)
    assert RUN.invoke(app, arguments).exit_code == 130
    assert (tmp_path / "o.csv").read_text() == "before"
    assert {item.name for item in tmp_path.iterdir()} == before
