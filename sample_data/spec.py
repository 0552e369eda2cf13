"""The sizes a sample can have, and the numbers that make each of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

GENERATOR_VERSION = "1.0"
CENTRE_LON, CENTRE_LAT = 126.62, 45.76
TURN_DEG = 18.0  # the river at Harbin runs from the south-west to the north-east


@dataclass(frozen=True, slots=True)
class Quadrant:
    """One of the four parts that river and railway cut the sample into; metres in the flat plane."""

    left_m: float
    bottom_m: float
    right_m: float
    top_m: float
    districts: int
    subdistricts: int


@dataclass(frozen=True, slots=True)
class Spec:
    """What one size holds. Quadrants stand in the order NW, NE, SW, SE and meet at river and railway."""

    name: str
    quadrants: tuple[Quadrant, Quadrant, Quadrant, Quadrant]
    merge_north: bool  # the two northern quadrants share one subdistrict
    districts: int
    communities: int
    grids: int
    buildings: int
    households: int
    residents: int
    stations: dict[str, int]
    reports: int
    party_branches: int
    party_groups: int
    river_m: float
    block_m2: float
    bridge_gap_m: float
    crossing_gap_m: float
    hotspots: int
    bend_m: float = 100.0  # straight parts of streets and walls are no longer than this on bent ground
    path_share: float = 0.7  # of walled compounds that have inner paths
    open_path_share: float = 1.0
    entrances_per_building: int = 6


TOWN_STATIONS = {
    "party_mass_center": 6, "subdistrict_service_center": 1, "micro_station": 3, "warm_stop": 2,
    "health_station": 2, "elder_day_care": 2, "market": 1, "kindergarten": 1, "primary_school": 1,
}  # fmt: skip
DISTRICT_STATIONS = {
    "party_mass_center": 60, "subdistrict_service_center": 8, "party_mass_hq": 1, "party_mass_station": 12,
    "micro_station": 40, "warm_stop": 30, "courier_stop": 16, "driver_home": 4, "health_station": 32,
    "health_center": 8, "elder_day_care": 30, "culture_station": 16, "culture_center": 3, "fitness_yard": 14,
    "kindergarten": 24, "primary_school": 16, "middle_school": 9, "market": 20, "bus_stop": 20, "metro": 3,
    "legal_service_district": 1, "legal_service_street": 8, "legal_service_community": 20,
    "judge_station": 4, "shelter": 8, "embedded_complex": 3, "community_service_station": 10,
}  # fmt: skip
CITY_STATIONS = {
    "party_mass_center": 2000, "subdistrict_service_center": 160, "micro_station": 900, "warm_stop": 500,
    "health_station": 500, "elder_day_care": 420, "market": 200, "kindergarten": 200, "primary_school": 120,
}  # fmt: skip

SPECS = {
    "town": Spec(
        "town",
        (
            Quadrant(110, 905, 820, 1370, 1, 1),
            Quadrant(820, 905, 1640, 1440, 1, 1),
            Quadrant(0, 40, 820, 905, 1, 1),
            Quadrant(820, 0, 1720, 905, 1, 1),
        ),
        merge_north=True, districts=1, communities=6, grids=60, buildings=1500, households=17_000,
        residents=38_200, stations=TOWN_STATIONS, reports=240, party_branches=38, party_groups=25,
        river_m=96, block_m2=22_000, bridge_gap_m=600, crossing_gap_m=330, hotspots=2,
        entrances_per_building=3, bend_m=60.0,
    ),
    "district": Spec(
        "district",
        (
            Quadrant(500, 2700, 2900, 3950, 1, 1),
            Quadrant(2900, 2700, 5900, 4150, 1, 1),
            Quadrant(0, 150, 2900, 2700, 1, 3),
            Quadrant(2900, 0, 6300, 2700, 1, 3),
        ),
        merge_north=False, districts=1, communities=60, grids=573, buildings=18_000, households=165_000,
        residents=370_000, stations=DISTRICT_STATIONS, reports=34_000, party_branches=364, party_groups=239,
        river_m=150, block_m2=23_000, bridge_gap_m=1100, crossing_gap_m=620, hotspots=12,
    ),
    "city": Spec(
        "city",
        (
            Quadrant(2800, 23_500, 19_000, 35_500, 1, 16),
            Quadrant(19_000, 23_500, 45_500, 36_500, 2, 32),
            Quadrant(0, 1400, 19_000, 23_500, 3, 48),
            Quadrant(19_000, 0, 47_000, 23_500, 4, 64),
        ),
        merge_north=False, districts=10, communities=2000, grids=20_000, buildings=1_000_000,
        households=4_000_000, residents=9_600_000, stations=CITY_STATIONS, reports=200_000,
        party_branches=12_700, party_groups=8_300, river_m=400, block_m2=23_000, bridge_gap_m=2000,
        crossing_gap_m=1100, hotspots=60, bend_m=300.0, path_share=0.08, open_path_share=0.08, entrances_per_building=1,
    ),
}  # fmt: skip


def rng_for(seed: int, part: str) -> np.random.Generator:
    """A generator of its own for every part, so that a change in one part leaves the others as they were."""
    return np.random.default_rng([seed, zlib.crc32(part.encode())])


def apportion(total: int, weights: np.ndarray, least: int = 0) -> np.ndarray:
    """Split `total` into integers in proportion to `weights` (n,), each at least `least`, summing exactly."""
    share = np.asarray(weights, dtype=np.float64)
    free = total - least * len(share)
    if free < 0 or share.sum() <= 0:
        raise ValueError(f"cannot apportion {total} over {len(share)} parts of at least {least}")
    exact = share / share.sum() * free
    parts = np.floor(exact).astype(np.int64)
    rest = free - int(parts.sum())
    order = np.lexsort((np.arange(len(share)), -(exact - parts)))
    parts[order[:rest]] += 1
    return np.asarray(parts + least)
