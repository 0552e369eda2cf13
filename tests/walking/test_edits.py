"""What an edit means for the layers, and that a refused one changes nothing."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from gis.base.errors import Conflict, Invalid, NotFound
from gis.walking.columns import words
from gis.walking.edit_kinds import (
    AddStation,
    AddStreet,
    CloseStation,
    Edit,
    MoveStation,
    RemoveStreet,
    SetGate,
    SetStationHours,
    edit_from_json,
    edit_to_json,
)
from gis.walking.edits import apply_edits
from gis.walking.prepare import Layers

EDITS: list[Edit] = [
    AddStation("S15", "micro_station", "新站", 121.0, 31.0, "Mo-Fr 08:00-18:00", 40),
    MoveStation("S1", 121.001, 31.0),
    CloseStation("S2"),
    SetStationHours("S1", None),
    SetGate("G1", "closed"),
    AddStreet("R15", ((121.0, 31.0), (121.001, 31.0)), bridge=True, level=1.0),
    RemoveStreet("R1"),
]


def layers() -> Layers:
    line = shapely.LineString([(121.0, 31.0), (121.002, 31.0)])
    point = shapely.Point(121.0, 31.0)
    streets = gpd.GeoDataFrame(
        {"code": ["R1", "R2"], "kind": ["footway"] * 2, "bridge": [False] * 2, "level": [None, 0.0]},
        geometry=[line, shapely.LineString([(121.0, 31.0), (121.0, 31.002)])],
        crs=4326,
    )
    stations = gpd.GeoDataFrame(
        {
            "code": ["S1", "S2"],
            "type": ["micro_station"] * 2,
            "status": ["existing"] * 2,
            "hours": ["24/7", None],
            "building": ["B1", None],
            "name": ["一", "二"],
        },
        geometry=[point, point],
        crs=4326,
    )
    gates = gpd.GeoDataFrame(
        {"code": ["G1"], "access": ["public"], "hours": ["24/7"]}, geometry=[point], crs=4326
    )
    buildings = gpd.GeoDataFrame({"code": ["B1"]}, geometry=[point], crs=4326)
    return Layers(streets, buildings, stations, gates=gates)


@pytest.mark.parametrize("edit", EDITS, ids=lambda e: e.kind)
def test_an_edit_survives_json_and_leaves_the_given_layers_alone(edit: Edit) -> None:
    given = layers()
    before = [given.streets.copy(), given.stations.copy(), given.gates.copy()]  # type: ignore[union-attr]
    apply_edits(given, [edit])
    for old, now in zip(before, (given.streets, given.stations, given.gates), strict=True):
        assert old.equals(now)
    assert edit_from_json(edit_to_json(edit)) == edit


def test_every_edit_does_what_it_says_and_rows_stay_sorted() -> None:
    made = apply_edits(layers(), EDITS)
    assert list(made.stations["code"]) == ["S1", "S15", "S2"]
    assert list(made.stations["status"]) == ["existing", "existing", "closed"]
    assert list(words(made.stations, "hours")) == [None, "Mo-Fr 08:00-18:00", None]
    assert made.stations["building"].isna().all()
    assert made.stations.geometry.iloc[0].x == 121.001
    assert made.gates is not None
    assert list(made.gates["access"]) == ["closed"]
    assert list(made.streets["code"]) == ["R15", "R2"]
    assert bool(made.streets["bridge"].iloc[0])


@pytest.mark.parametrize(
    ("edit", "error", "code"),
    [
        (CloseStation("S9"), NotFound, "station_not_found"),
        (SetGate("G9", "public"), NotFound, "gate_not_found"),
        (RemoveStreet("R9"), NotFound, "street_not_found"),
        (AddStation("S1", "x", "y", 1, 1), Conflict, "code_taken"),
        (SetGate("G1", "everybody"), Invalid, "gate_access"),
        (AddStreet("R3", ((121.0, 31.0), (121.0, 31.0))), Invalid, "street_line"),
    ],
)
def test_wrong_edits_are_named(edit: Edit, error: type[Exception], code: str) -> None:
    with pytest.raises(error) as caught:
        apply_edits(layers(), [edit])
    assert caught.value.code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "given", [{"kind": "fly"}, {"kind": "close_station"}, {"kind": "close_station", "x": 1}]
)
def test_json_that_is_no_edit_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(Invalid) as caught:
        edit_from_json(given)
    assert caught.value.code == "unknown_edit"
