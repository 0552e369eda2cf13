"""Vector formats through the confined child: what is read, what is asked, what is refused."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.base.errors import Invalid, NotFound, TooLarge, Unsupported, WanggeError
from gis.formats.sandbox import Limits, run_reader
from gis.formats.source import SourceOptions, read_source
from gis.formats.vector import read_vector
from tests.formats.places import real

NAMES = ["滴水湖清苑居委会", "东岸涟城居委会"]


@pytest.fixture
def frame() -> gpd.GeoDataFrame:
    squares = [shapely.box(121, 30, 121.1, 30.1), shapely.box(121.1, 30, 121.2, 30.1)]
    return gpd.GeoDataFrame({"code": ["01", "02"], "name": NAMES}, geometry=squares, crs="EPSG:4490")


@pytest.mark.parametrize("name", ["a.gpkg", "a.fgb", "a.shp", "a.parquet"])
def test_each_format_comes_back_equal(frame: gpd.GeoDataFrame, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_file(path, encoding="UTF-8")
    layer = read_vector(path)
    read = layer.frame.sort_values("code").reset_index(drop=True)
    assert layer.declared == "file"
    assert not layer.problems
    assert read["name"].tolist() == NAMES
    assert read["code"].tolist() == ["01", "02"]
    assert read.crs.to_epsg() == 4490
    assert shapely.equals(read.geometry.values, frame.geometry.values).all()


def test_gbk_shapefile_without_cpg_and_prj(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "gbk.shp"
    frame.rename(columns={"name": "名称"}).to_file(path, encoding="GBK")
    for part in (".cpg", ".prj"):
        path.with_suffix(part).unlink()
    with pytest.raises(Invalid) as caught:
        read_vector(path)
    assert caught.value.code == "crs_missing"
    layer = read_vector(path, crs="EPSG:4490")
    assert layer.declared == "asked"
    assert layer.frame["名称"].tolist() == NAMES
    assert [note.code for note in layer.notes] == ["encoding_guessed"]


def test_a_layer_must_be_named_when_there_are_several(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    frame.to_file(path, layer="one")
    frame.to_file(path, layer="two")
    with pytest.raises(Invalid) as caught:
        read_vector(path)
    assert caught.value.code == "layer_unknown"
    assert "one" in caught.value.zh
    assert len(read_vector(path, layer="two").frame) == 2


def test_projected_coordinates_become_lonlat(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "plane.gpkg"
    frame.to_crs("EPSG:4549").to_file(path)
    back = read_source(path).frame
    assert back.crs.to_epsg() == 4326
    # Long edges have gained points, which keep them as straight on the ground as they were in the plane.
    for new, old in zip(back.geometry, frame.geometry, strict=True):
        vertices = shapely.points(shapely.get_coordinates(new))
        given = shapely.points(shapely.get_coordinates(old))
        assert shapely.distance(given, shapely.multipoints(vertices)).max() < 1e-9
        assert len(vertices) > len(given)


def test_gcj02_is_converted_and_refused_for_projected(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    from gis.base.datum import CoordSys, from_wgs84

    def shift(xy):  # type: ignore[no-untyped-def]
        import numpy as np

        return np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], "gcj02"))

    shifted = frame.set_geometry(gpd.GeoSeries(shapely.transform(frame.geometry.values, shift), crs=4326))
    shifted.to_file(tmp_path / "g.fgb")
    back = read_source(tmp_path / "g.fgb", SourceOptions(coord_sys=CoordSys.GCJ02)).frame.sort_values("code")
    assert shapely.hausdorff_distance(back.geometry.values, frame.geometry.values).max() < 1e-10
    frame.to_crs("EPSG:4549").to_file(tmp_path / "p.fgb")
    with pytest.raises(Invalid) as caught:
        read_source(tmp_path / "p.fgb", SourceOptions(coord_sys=CoordSys.GCJ02))
    assert caught.value.code == "coord_sys_projected"


def test_missing_and_oversized_files(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_vector(tmp_path / "none.gpkg")
    frame.to_file(tmp_path / "a.fgb")
    with pytest.raises(TooLarge):
        read_vector(tmp_path / "a.fgb", limits=Limits(file_bytes=100))


def test_a_truncated_file_is_named_unreadable(frame: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame.to_file(path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(Invalid) as caught:
        read_vector(path)
    assert caught.value.code in {"file_unreadable", "layer_unknown"}


@pytest.fixture
def canary(tmp_path: Path) -> tuple[str, Path, list[str]]:
    """A local file that must not be read and a local server that must not be called."""
    hits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_error(404)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    secret = tmp_path / "secret.csv"
    secret.write_text("lon,lat,word\n121,30,hunter2\n")
    yield f"http://127.0.0.1:{server.server_port}/x.geojson", secret, hits
    server.shutdown()
    server.server_close()


def descriptors(url: str, secret: Path) -> list[str]:
    layer = '<OGRVRTDataSource><OGRVRTLayer name="{0}"><SrcDataSource>{1}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    return [
        layer.format("secret", secret),
        layer.format("x", f"/vsicurl/{url}"),
        f"<GDALTileIndexDataset><IndexDataset>{secret}</IndexDataset></GDALTileIndexDataset>",
        f"OAPIF:{url}",
        f"<OGRWFSDataSource><URL>{url}</URL></OGRWFSDataSource>",
        f'{{"type":"FeatureCollection","features":[],"crs":{{"type":"link","properties":{{"href":"{url}"}}}}}}',
    ]


@pytest.mark.parametrize(
    "suffix", [".geojson", ".gpkg", ".shp", ".fgb", ".parquet", ".xlsx", ".csv", ".json"]
)
def test_descriptors_under_any_name_open_nothing(
    canary: tuple[str, Path, list[str]], tmp_path: Path, suffix: str
) -> None:
    url, secret, hits = canary
    for number, text in enumerate(descriptors(url, secret)):
        path = tmp_path / f"evil{number}{suffix}"
        path.write_text(text)
        with pytest.raises(WanggeError):
            read_source(path)
    assert hits == []


def test_the_child_refuses_other_drivers_and_the_control_sees_them(
    canary: tuple[str, Path, list[str]], tmp_path: Path
) -> None:
    """The same descriptor read with all drivers does open the file: the defence is what stops it."""
    import pyogrio

    url, secret, _ = canary
    path = tmp_path / "evil.gpkg"
    path.write_text(descriptors(url, secret)[0])
    assert pyogrio.read_dataframe(path)["word"].tolist() == ["hunter2"]
    order = {"reader": "vector", "path": str(path), "layer": None, "encoding": None}
    with pytest.raises(Invalid) as caught:
        run_reader(order | {"drivers": ["GPKG"]})
    assert caught.value.code == "driver_not_allowed"
    with pytest.raises(Unsupported):
        read_vector(path)


@pytest.mark.data
def test_the_shenzhen_zones_declare_web_mercator() -> None:
    layer = read_source(real("grids/shenzhen_taz/SZ_districts.shp"))
    assert len(layer.frame) == 491
    assert layer.declared == "file"
    left, bottom, right, top = layer.frame.total_bounds
    assert 113 < left < 114 < right < 115
    assert 22 < bottom < top < 23
    assert (layer.frame.geometry.geom_type == "MultiPolygon").sum() == 1


@pytest.mark.data
def test_the_odd_shapefiles_are_read() -> None:
    folder = real("bad/shapefile")
    assert read_vector(folder / "latin1-property.shp").frame["name"].tolist() == ["México"]
    assert read_vector(folder / "utf8-property.shp").frame["☃"].tolist() == ["ηελλο ςορλδ"]
    rebuilt = read_vector(folder / "pointm.shp", crs="4326")
    assert [note.code for note in rebuilt.notes] == ["shx_rebuilt"]
    assert not (folder / "pointm.shx").exists()
    null = read_source(folder / "null.shp")
    assert {problem.code for problem in null.problems} == {"geometry_missing"}


@pytest.mark.data
def test_lingang_names_its_own_bad_rows() -> None:
    communities = read_source(real("grids/lingang/grids.geojson"))
    assert (len(communities.frame), communities.problems) == (31, [])
    upper = read_source(real("grids/lingang/grids_level1.geojson"))
    assert [(p.row, p.code) for p in upper.problems] == [(1, "bad_coordinate")]
    sensors = read_source(real("grids/lingang/sensors.geojson"))
    assert len(sensors.frame) == 789
    assert {p.code for p in sensors.problems} == {"null_island"}
    stations = read_source(real("grids/lingang/stations_asis.json"), SourceOptions(layer="points"))
    assert [(p.row, p.code) for p in stations.problems] == [(row, "swapped_axes") for row in range(1, 6)]
    assert len(read_source(real("grids/lingang/events_redacted.json")).frame) == 14
