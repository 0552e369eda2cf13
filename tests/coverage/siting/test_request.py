"""What somebody sends as GeoJSON is read, or refused by name: never anything else."""

from __future__ import annotations

from typing import Any

import pytest

from gis.base.errors import Invalid
from gis.coverage.siting.request import SitingRequest, read_request

SQUARE = {"type": "Polygon", "coordinates": [[[126.6, 45.7], [126.7, 45.7], [126.7, 45.8], [126.6, 45.7]]]}
PARCEL = {"type": "Feature", "properties": {"land_use": "R2"}, "geometry": SQUARE}


def asked(**more: Any) -> SitingRequest:
    return read_request({"types": ["party_mass_center"], "minutes": 15, "stations": 1, **more})


def parcels(features: Any, **more: Any) -> SitingRequest:
    return asked(candidates={"kind": "parcels", "features": features}, **more)


def test_parcels_and_their_uses_stay_together() -> None:
    other = {**PARCEL, "properties": {"land_use": "A5"}}
    bare = {"type": "Feature", "properties": None, "geometry": SQUARE}
    read = parcels([PARCEL, bare, other]).wanted
    assert read.parcels is not None
    assert (len(read.parcels), read.uses) == (3, ("R2", "", "A5"))
    read = parcels({"type": "FeatureCollection", "features": [bare, PARCEL, other]}, land_use=["A5"]).wanted
    assert read.parcels is not None
    assert (len(read.parcels), read.uses) == (1, ("A5",))
    for given in (SQUARE, PARCEL, {"type": "FeatureCollection", "features": [PARCEL]}):
        assert asked(exclude=given).exclude is not None


@pytest.mark.parametrize(
    "given",
    [
        {"type": "FeatureCollection", "features": [None]},
        {"type": "FeatureCollection", "features": [5]},
        {"type": "FeatureCollection", "features": [PARCEL, "x"]},
        {"type": "FeatureCollection", "features": 5},
        {"type": "FeatureCollection", "features": {"a": 1}},
        {"type": "FeatureCollection", "features": [{"geometry": 5}]},
        {"type": "Feature", "geometry": [1]},
        {"type": "Polygon", "coordinates": 5},
        5,
        [1],
        "x",
    ],
)
def test_a_malformed_exclusion_is_named(given: Any) -> None:
    with pytest.raises(Invalid) as refused:
        asked(exclude=given)
    assert (refused.value.code, refused.value.field) == ("siting_exclude", "exclude")


@pytest.mark.parametrize(
    "features",
    [
        5,
        "x",
        None,
        [],
        [None],
        [5],
        ["x", PARCEL],
        [PARCEL, "x"],
        {"type": "FeatureCollection", "features": 5},
        {"type": "FeatureCollection", "features": ["x", PARCEL]},
        {"type": "FeatureCollection"},
        [{**PARCEL, "properties": [1]}],
        [{**PARCEL, "properties": "x"}],
        [{**PARCEL, "geometry": None}],
    ],
)
def test_malformed_parcels_are_named(features: Any) -> None:
    with pytest.raises(Invalid) as refused:
        parcels(features)
    assert (refused.value.code, refused.value.field) == ("siting_candidates", "candidates")
