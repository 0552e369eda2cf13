"""Reference systems from outside: ordinary ones are taken, whatever opens files or fits nowhere is refused."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from gis.base.crs_asked import LONGEST_WKT, asked_crs
from gis.base.errors import Invalid

HERE = (126.62, 45.76)
CITY = CRS.from_proj4(
    "+proj=tmerc +lat_0=0 +lon_0=126.5 +k=1 +x_0=400000 +y_0=-5000000 +ellps=GRS80 +units=m"
).to_wkt()
GRID = CITY.replace('"unknown"', '"city"')


@pytest.mark.parametrize(
    ("asked", "code"), [("4326", 4326), ("EPSG:4490", 4490), (" epsg:4551 ", 4551), ("cgcs2000-3", 4551)]
)
def test_by_number_and_by_zone(asked: str, code: int) -> None:
    assert asked_crs(asked, *HERE).to_epsg() == code


@pytest.mark.parametrize("version", ["WKT1_GDAL", "WKT1_ESRI", "WKT2_2019"])
def test_a_citys_own_system_as_wkt(version: str) -> None:
    crs = asked_crs(CRS.from_wkt(CITY).to_wkt(version), *HERE)
    assert crs.is_projected


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("999999", "unknown_crs"), ("4979", "crs_kind"), ("4978", "crs_kind"), ("5773", "crs_kind"),
        ("32733", "crs_far"), ("", "bad_wkt"), ("GCJ-02", "bad_wkt"), ("/etc/passwd", "bad_wkt"),
        ("+proj=tmerc +nadgrids=/etc/passwd", "bad_wkt"), ("https://example.com/x.wkt", "bad_wkt"),
        ("urn:ogc:def:crs:EPSG::4326", "bad_wkt"), ("PROJCS[", "unknown_crs"), ("PROJCS[\x00]", "bad_wkt"),
        ("GEOGCS[" * 30, "bad_wkt"), ("PROJCS[" + "x" * LONGEST_WKT, "bad_wkt"),
        (GRID[:-1] + ',EXTENSION["PROJ4","+proj=tmerc +nadgrids=/etc/passwd"]]', "bad_wkt"),
        (GRID.replace('METHOD["Transverse Mercator"', 'METHOD["PROJ gridshift grids=/etc/passwd"'), "bad_wkt"),
        (CRS.from_epsg(4326).to_wkt().replace("GEOGCRS", "BOUNDCRS[SOURCECRS"), "bad_wkt"),
    ],
)  # fmt: skip
def test_what_is_refused(asked: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        asked_crs(asked, *HERE)
    assert (caught.value.code, caught.value.field) == (code, "crs")


def test_no_zone_outside_china() -> None:
    with pytest.raises(Invalid, match="outside_zones"):
        asked_crs("cgcs2000-3", -8.6, 41.1)


@given(st.text(max_size=200), st.integers(0, len(CITY)))
def test_garbage_in_the_text_is_a_refusal_and_nothing_else(noise: str, where: int) -> None:
    with suppress(Invalid):
        assert len(asked_crs(CITY[:where] + noise + CITY[where:], *HERE).axis_info) == 2
