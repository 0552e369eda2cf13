"""The table of station types is complete and honest about what has no circle."""

from __future__ import annotations

from gis.register.station_types import station_type, station_types


def test_every_type_has_both_labels_and_tier_with_radius() -> None:
    types = station_types()
    assert len(types) == 27
    for kind in types.values():
        assert kind.zh
        assert kind.en
        assert (kind.tier_min is None) == (kind.radius_m is None)
        assert kind.tier_min in {None, 5, 10, 15}
    assert types["party_mass_hq"].radius_m is None
    assert types["party_mass_center"].radius_m == 1000


def test_a_type_of_the_citys_own_is_its_own_label() -> None:
    assert station_type("tea_house").zh == "tea_house"
    assert station_type("tea_house").radius_m is None
