"""`wangge locate` and what stands behind it: files in, the same files with their grids out."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from click.testing import Result
from typer.testing import CliRunner

from benchmarks.inputs import Grids, grids, points
from gis.areas.files import GridsFile, PointsFile, locate_files
from gis.areas.locate import build_grid_index, locate_many
from gis.base.datum import CoordSys, from_wgs84
from gis.base.errors import Invalid, InvalidFile
from gis.cli.main import app

DATA = Path(__file__).parents[3] / "shared/data"
WITHIN = grids(20)


def save_grids(path: Path, within: Grids = WITHIN, crs: int = 4326) -> Path:
    frame = gpd.GeoDataFrame({"编码": within.codes}, geometry=within.polygons, crs=4326).to_crs(crs)
    frame.to_file(path)
    return path


def save_points(path: Path, xy: np.ndarray, **more: object) -> Path:
    table = pd.DataFrame({"事项": [f"第{i}件" for i in range(len(xy))], "lon": xy[:, 0], "lat": xy[:, 1]})
    table.assign(**more).to_csv(path, index=False)
    return path


def test_columns_kept_and_answers_those_of_the_index(tmp_path: Path) -> None:
    xy = points(WITHIN, 500)
    answer = locate_files(
        GridsFile(save_grids(tmp_path / "g.gpkg"), "编码"),
        PointsFile(save_points(tmp_path / "p.csv", xy, code="007")),
    ).frame
    located = locate_many(build_grid_index(*WITHIN), *xy.T)
    assert answer["grid"].tolist() == [WITHIN.codes[i] if i >= 0 else "" for i in located.grid]
    assert answer["method"].tolist() == located.labels().tolist()
    assert set(answer["code"]) == {"007"}
    metres = pd.to_numeric(answer["border_distance_m"]).to_numpy()
    np.testing.assert_allclose(metres, located.border_distance_m, atol=1e-4)


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "csv"])
def test_the_command(tmp_path: Path, suffix: str) -> None:
    xy = points(WITHIN, 60)
    xy[7] = np.nan
    out = tmp_path / f"deep/answer.{suffix}"
    arguments = ["--grids", save_grids(tmp_path / "g.shp", crs=3857), "--code-field", "编码", "--out", out]
    arguments += ["--points", save_points(tmp_path / "p.csv", xy)]
    result = CliRunner().invoke(app, ["locate", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    answer = pd.read_csv(out, dtype=str) if suffix == "csv" else gpd.read_file(out)
    assert len(answer) == 60
    assert list(answer.columns)[:6] == ["事项", "lon", "lat", "grid", "method", "border_distance_m"]
    assert answer["method"][7] == "none"
    assert set(answer["grid"].dropna()) - {""} <= set(WITHIN.codes)
    assert len(set(answer["grid"])) > 10


def test_long_straight_edges_of_a_plane_stay_straight(tmp_path: Path) -> None:
    """Two grids of 20 × 5 km in metres, points half a metre and five metres on either side of their border."""
    shapes = [shapely.box(400_000, north, 420_000, north + 5_000) for north in (4_000_000, 4_005_000)]
    gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=shapes, crs=4551).to_file(tmp_path / "g.gpkg")
    x = np.tile(np.linspace(400_100, 419_900, 40), 4)
    y = 4_005_000 + np.repeat([-5.0, -0.5, 0.5, 5.0], 40)
    pd.DataFrame({"x": x, "y": y}).to_csv(tmp_path / "p.csv", index=False)
    answer = locate_files(
        GridsFile(tmp_path / "g.gpkg", "code"), PointsFile(tmp_path / "p.csv", crs="EPSG:4551")
    )
    assert answer.frame["grid"].tolist() == ["a"] * 80 + ["b"] * 80
    metres = pd.to_numeric(answer.frame["border_distance_m"]).to_numpy()
    np.testing.assert_allclose(metres, np.abs(y - 4_005_000), atol=0.002)


@pytest.mark.parametrize("coord_sys", [CoordSys.GCJ02, CoordSys.BD09])
def test_points_in_another_datum(tmp_path: Path, coord_sys: CoordSys) -> None:
    xy = shapely.get_coordinates(shapely.centroid(WITHIN.polygons))
    shifted = np.stack(from_wgs84(*xy.T, coord_sys), axis=1)
    grids_file = GridsFile(save_grids(tmp_path / "g.gpkg"), "编码")
    points_path = save_points(tmp_path / "p.csv", shifted)
    right = locate_files(grids_file, PointsFile(points_path, coord_sys)).frame
    assert right["grid"].tolist() == WITHIN.codes.tolist()
    wrong = locate_files(grids_file, PointsFile(points_path)).frame
    assert wrong["grid"].tolist() != WITHIN.codes.tolist()


def test_exchanged_places_refuse_the_file(tmp_path: Path) -> None:
    xy = points(WITHIN, 10)
    xy[[2, 5]] = xy[[2, 5], ::-1]
    with pytest.raises(InvalidFile) as caught:
        locate_files(
            GridsFile(save_grids(tmp_path / "g.gpkg"), "编码"),
            PointsFile(save_points(tmp_path / "p.csv", xy)),
        )
    assert [(p.row, p.code) for p in caught.value.problems] == [(3, "swapped_axes"), (6, "swapped_axes")]


def test_a_wrong_column_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        locate_files(GridsFile(save_grids(tmp_path / "g.gpkg"), "code"), PointsFile(tmp_path / "none.csv"))
    assert (caught.value.code, caught.value.facts["columns"]) == ("column_missing", ["编码"])


def save_tree(path: Path, levels: list[str] | None = None) -> Path:
    """The grids with a province over all of them, whose code is the lowest."""
    names = levels if levels is not None else ["province", *["grid"] * len(WITHIN.codes)]
    whole = shapely.union_all(WITHIN.polygons)
    columns = {"code": ["0", *WITHIN.codes], "level": names}
    gpd.GeoDataFrame(columns, geometry=[whole, *WITHIN.polygons], crs=4326).to_file(path)
    return path


def test_of_a_whole_tree_only_the_grids_own_points_and_it_is_said(tmp_path: Path) -> None:
    tree = save_tree(tmp_path / "tree.gpkg")
    places = PointsFile(save_points(tmp_path / "p.csv", points(WITHIN, 200)))
    plain = locate_files(GridsFile(save_grids(tmp_path / "g.gpkg"), "编码"), places)
    unasked = locate_files(GridsFile(tree, "code"), places)
    asked = locate_files(GridsFile(tree, "code", level="grid"), places)
    assert plain.frame["grid"].tolist() == unasked.frame["grid"].tolist() == asked.frame["grid"].tolist()
    assert [len(answer.notes) for answer in (plain, unasked, asked)] == [0, 1, 0]
    province = locate_files(GridsFile(tree, "code", level="province"), places)
    assert set(province.frame["grid"]) - {""} == {"0"}


def test_one_level_or_none_called_grid_is_taken_whole(tmp_path: Path) -> None:
    places = PointsFile(save_points(tmp_path / "p.csv", points(WITHIN, 50)))
    for number, name in enumerate(("grid", "community")):
        tree = save_tree(tmp_path / f"{number}.gpkg", [name] * (len(WITHIN.codes) + 1))
        answer = locate_files(GridsFile(tree, "code"), places)
        assert set(answer.frame["grid"]) - {""} == {"0"}
        assert ["重叠" in zh for zh, _ in answer.notes] == [True]


def test_a_level_that_is_not_there_is_refused(tmp_path: Path) -> None:
    places = PointsFile(tmp_path / "none.csv")
    for grids_file, code in (
        (GridsFile(save_tree(tmp_path / "t.gpkg"), "code", level="village"), "level_missing"),
        (GridsFile(save_grids(tmp_path / "g.gpkg"), "编码", level="grid"), "column_missing"),
    ):
        with pytest.raises(Invalid) as caught:
            locate_files(grids_file, places)
        assert caught.value.code == code


def test_of_a_layer_of_areas_only_the_grids_count(tmp_path: Path) -> None:
    whole = shapely.union_all(WITHIN.polygons)
    frame = gpd.GeoDataFrame(
        {"code": ["230199", *WITHIN.codes], "level": ["district"] + ["grid"] * 20},
        geometry=[whole, *WITHIN.polygons],
        crs=4326,
    )
    frame.to_file(tmp_path / "areas.geojson")
    xy = shapely.get_coordinates(shapely.centroid(WITHIN.polygons))
    answer = locate_files(
        GridsFile(tmp_path / "areas.geojson", "code"), PointsFile(save_points(tmp_path / "p.csv", xy))
    )
    assert answer.frame["grid"].tolist() == WITHIN.codes.tolist()


def real(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"real data is not beside the checkout: {name}")
    return DATA / name


REAL = [
    ("grids/shenzhen_taz/SZ_districts.shp", "TAZID", "grids/shenzhen_taz/stations.csv"),
    ("grids/lingang/grids.geojson", "id", "grids/lingang/sensors.geojson"),
    ("grids/lingang/grids.geojson", "name", "events/nyc311_animals.csv"),
]


@pytest.mark.data
@pytest.mark.parametrize(("zones", "code", "places"), REAL)
def test_real_files_as_geopandas_joins_them(zones: str, code: str, places: str) -> None:
    answer = locate_files(GridsFile(real(zones), code), PointsFile(real(places)))
    area = gpd.read_file(real(zones)).to_crs(4326)
    covering = gpd.sjoin(
        answer.frame[["geometry", "method"]], area[[code, "geometry"]], predicate="intersects"
    )
    lowest = covering.groupby(level=0)[code].min().reindex(answer.frame.index)
    expected = ["" if pd.isna(value) else str(int(value)) if code == "TAZID" else value for value in lowest]
    covered = answer.frame["method"].isin(["inside", "border"])
    assert answer.frame["grid"].astype(str).where(covered, "").tolist() == expected
    assert len(answer.frame) == {"TAZID": 1706, "id": 789, "name": 4969}[code]


@pytest.mark.data
def test_real_exchanged_stations_are_refused() -> None:
    with pytest.raises(InvalidFile) as caught:
        locate_files(
            GridsFile(real("grids/lingang/grids.geojson"), "id"),
            PointsFile(real("grids/lingang/stations_asis.json"), layer="points"),
        )
    assert {problem.code for problem in caught.value.problems} == {"swapped_axes"}
    assert len(caught.value.problems) == 5


def command(
    tmp_path: Path, points_path: Path, out: str, *more: str, grids_path: Path | None = None
) -> Result:
    path = grids_path or save_grids(tmp_path / "grids.gpkg")
    arguments = [
        "--grids",
        path,
        "--code-field",
        "编码",
        "--points",
        points_path,
        "--out",
        tmp_path / out,
        *more,
    ]
    return CliRunner().invoke(app, ["locate", *map(str, arguments)])


def test_own_columns_called_as_the_answers_are_kept(tmp_path: Path) -> None:
    xy = points(WITHIN, 20)
    path = save_points(tmp_path / "p.csv", xy, grid="甲", method="目测", grid_input="旧")
    run = command(tmp_path, path, "o.csv")
    assert run.exit_code == 0, run.output
    answer = pd.read_csv(tmp_path / "o.csv", dtype=str, keep_default_na=False)
    assert set(answer["grid_input2"]) == {"甲"}
    assert set(answer["method_input"]) == {"目测"}
    assert set(answer["grid_input"]) == {"旧"}
    assert set(answer["grid"]) - {""} <= set(WITHIN.codes)
    assert "grid_input2" in run.stderr
    assert "border_distance_m_input" not in run.stderr


def test_a_workbook_is_a_workbook_and_runs_nothing(tmp_path: Path) -> None:
    path = save_points(tmp_path / "p.csv", points(WITHIN, 5), 备注="=1+1")
    run = command(tmp_path, path, "o.xlsx")
    assert run.exit_code == 0, run.output
    sheet = openpyxl.load_workbook(tmp_path / "o.xlsx").active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("事项", "lon", "lat", "备注", "grid", "method", "border_distance_m")
    assert len(rows) == 6
    assert {row[3] for row in rows[1:]} == {"'=1+1"}
    assert {type(row[6]) for row in rows[1:]} <= {float, int, type(None)}


@pytest.mark.parametrize("out", ["o.parquet", "o.xls", "o"])
def test_other_endings_are_refused_before_anything_is_read(tmp_path: Path, out: str) -> None:
    run = command(tmp_path, tmp_path / "missing.csv", out)
    assert run.exit_code == 1
    assert "unsupported_format" in run.stderr
    assert ".xlsx" in run.stderr


def test_points_far_from_all_grids_get_a_hint(tmp_path: Path) -> None:
    xy = points(WITHIN, 20)
    assert "--coord-sys" not in command(tmp_path, save_points(tmp_path / "p.csv", xy), "o.csv").stderr
    far = command(tmp_path, save_points(tmp_path / "far.csv", xy + 3), "o.csv")
    assert far.exit_code == 0
    assert "--coord-sys" in far.stderr


def test_overlapping_grids_are_named(tmp_path: Path) -> None:
    shapes = WITHIN.polygons.copy()
    shapes[3] = shapely.buffer(shapes[3], 0.0003, join_style="mitre")
    path = save_points(tmp_path / "p.csv", points(WITHIN, 20))
    run = command(
        tmp_path, path, "o.csv", grids_path=save_grids(tmp_path / "over.gpkg", Grids(WITHIN.codes, shapes))
    )
    assert run.exit_code == 0, run.output
    assert "重叠" in run.stderr
    assert WITHIN.codes[3] in run.stderr
    assert "重叠" not in command(tmp_path, path, "o.csv").stderr


def test_rows_in_datums_of_their_own(tmp_path: Path) -> None:
    """A row's own datum counts; one datum given for all of them is refused where a row says otherwise."""
    xy = shapely.get_coordinates(shapely.centroid(WITHIN.polygons))
    names = np.array(["wgs84", "gcj02", "bd09", "CGCS2000"] * len(xy))[: len(xy)]
    given = np.array(
        [np.stack(from_wgs84(*xy[i : i + 1].T, name.lower()), axis=1)[0] for i, name in enumerate(names)]
    )
    mixed = save_points(tmp_path / "p.csv", given, coord_sys=names)
    answer = locate_files(GridsFile(save_grids(tmp_path / "g.gpkg"), "编码"), PointsFile(mixed))
    assert answer.frame["grid"].tolist() == WITHIN.codes.tolist()
    assert ["coord_sys" in zh for zh, _ in answer.notes] == [True]
    run = command(tmp_path, mixed, "o.csv", "--coord-sys", "gcj02")
    assert run.exit_code == 1
    assert "coord_sys_conflict" in run.stderr
    same = save_points(tmp_path / "same.csv", np.stack(from_wgs84(*xy.T, "gcj02"), axis=1), coord_sys="gcj02")
    assert command(tmp_path, same, "o.csv", "--coord-sys", "gcj02").exit_code == 0
    assert command(tmp_path, same, "o2.csv").exit_code == 0
    assert (tmp_path / "o.csv").read_bytes() == (tmp_path / "o2.csv").read_bytes()


def test_an_interrupted_answer_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_frame: pd.DataFrame, path: Path, **_: object) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    (tmp_path / "o.csv").write_text("before")
    path = save_points(tmp_path / "p.csv", points(WITHIN, 5))
    save_grids(tmp_path / "grids.gpkg")
    monkeypatch.setattr(pd.DataFrame, "to_csv", interrupted)
    assert command(tmp_path, path, "o.csv", grids_path=tmp_path / "grids.gpkg").exit_code == 130
    assert (tmp_path / "o.csv").read_text() == "before"
    assert {item.name for item in tmp_path.iterdir()} == {"o.csv", "p.csv", "grids.gpkg"}
