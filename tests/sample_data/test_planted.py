"""The planted truth is true."""

from __future__ import annotations

import re
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.base.crs import project_xy
from gis.base.datum import swapped, to_wgs84
from sample_data.matters import catalogue
from tests.sample_data.conftest import Measured

SHARES = {"wgs84": 0.82, "gcj02": 0.12, "bd09": 0.06}


def _joined(sample: Measured) -> pd.DataFrame:
    points = sample.sample.truth["points"].rename(columns={"lon": "true_lon", "lat": "true_lat"})
    joined = sample.sample.layers["reports"].merge(points.drop(columns="coord_sys"), on="id", validate="1:1")
    joined["x"], joined["y"] = project_xy(joined["true_lon"], joined["true_lat"], sample.crs)
    return joined


def test_raw_pairs_convert_back_to_the_truth(sample: Measured) -> None:
    joined = _joined(sample)
    for name, rows in joined.groupby("coord_sys"):
        lon, lat = to_wgs84(rows["lon"].to_numpy(), rows["lat"].to_numpy(), str(name))
        x, y = project_xy(lon, lat, sample.crs)
        assert np.hypot(x - rows["x"], y - rows["y"]).max() < 0.05
        raw = np.hypot(rows["lon"] - rows["true_lon"], rows["lat"] - rows["true_lat"])
        assert (raw == 0).all() if name == "wgs84" else (raw > 1e-3).all()


def test_datums_have_their_shares(district: Measured) -> None:
    share = district.sample.layers["reports"]["coord_sys"].value_counts(normalize=True)
    assert {k: pytest.approx(v, abs=0.01) for k, v in SHARES.items()} == share.to_dict()


def test_grids_of_the_truth_cover_their_points(sample: Measured) -> None:
    points, areas = sample.sample.truth["points"], sample.sample.layers["areas"]
    shape = dict(zip(areas["code"], areas.geometry, strict=True))
    owned = points[points["grid"].notna()]
    spots = shapely.points(owned["lon"], owned["lat"])
    assert shapely.covers(np.array([shape[g] for g in owned["grid"]], dtype=object), spots).all()
    outside = points[points["grid"].isna()]
    assert shapely.disjoint(shape["23"], shapely.points(outside["lon"], outside["lat"])).all()
    assert set(outside["id"]) == set(sample.sample.truth["outside"]["id"])
    assert set(points.loc[points["plan"] == "outside", "id"]) <= set(outside["id"])


def test_points_outside_lie_near_and_far(sample: Measured) -> None:
    outside = sample.sample.truth["outside"]
    assert ((outside["distance_m"] <= 50) == outside["within_50_m"]).all()
    assert outside["within_50_m"].any()
    assert (~outside["within_50_m"]).any()


def test_hotspots_hold_their_reports(sample: Measured) -> None:
    truth, joined = sample.sample.truth, _joined(sample).set_index("id")
    hot = truth["hotspots"].set_index("hotspot")
    mine = truth["hotspot_reports"].join(joined, on="id").join(hot.add_suffix("_hot"), on="hotspot")
    x, y = project_xy(mine["lon_hot"], mine["lat_hot"], sample.crs)
    assert (np.hypot(mine["x"] - x, mine["y"] - y) <= mine["radius_m_hot"] * 1.05).all()
    assert (mine["category_code"] == mine["category_code_hot"]).all()
    assert (mine["reported_at"] >= mine["start_hot"]).all()
    assert (mine["reported_at"] <= mine["end_hot"]).all()
    first = truth["hotspot_reports"].groupby("hotspot").size()
    assert (first >= hot["reports"]).all()


def test_hotspots_stand_out(district: Measured) -> None:
    """Within its period a hotspot is far denser than the same matter elsewhere in the district."""
    joined, hot = _joined(district), district.sample.truth["hotspots"]
    for spot in hot.itertuples():
        period = joined["reported_at"].between(spot.start, spot.end)
        same = joined[period & (joined["category_code"] == spot.category_code)]
        x, y = project_xy([spot.lon], [spot.lat], district.crs)
        near = (np.hypot(same["x"] - x[0], same["y"] - y[0]) <= spot.radius_m).sum()
        spread = len(same) * np.pi * spot.radius_m**2 / 23.5e6
        assert near >= 5 * max(spread, 1.0)


def test_duplicates_are_close_in_place_and_time(sample: Measured) -> None:
    groups = sample.sample.truth["duplicates"].join(_joined(sample).set_index("id"), on="id")
    groups["at"] = pd.to_datetime(groups["reported_at"])
    copies = groups[groups["copy"]]
    originals = groups[~groups["copy"]].set_index("group")
    assert originals.index.is_unique
    assert set(originals.index) == set(copies["group"])
    pairs = copies.join(originals.add_suffix("_first"), on="group")
    assert (pairs["category_code"] == pairs["category_code_first"]).all()
    assert np.hypot(pairs["x"] - pairs["x_first"], pairs["y"] - pairs["y_first"]).max() < 30
    later = pairs["at"] - pairs["at_first"]
    assert (later > pd.Timedelta(0)).all()
    assert later.max() <= pd.Timedelta(hours=30)


def test_across_the_river(sample: Measured) -> None:
    """The nearest street lies on the other bank; streets of the own bank are further away."""
    across = sample.sample.truth["across_river"]
    assert len(across) >= 3
    joined = _joined(sample).set_index("id").loc[across["id"]]
    layers = sample.sample.layers
    streets, code = sample["streets"], layers["streets"]["code"].to_numpy()
    spots = shapely.points(joined["x"], joined["y"])
    nearest = shapely.STRtree(streets).query_nearest(spots, all_matches=False)[1]
    assert (code[nearest] == across["street"].to_numpy()).all()
    river = sample["barriers"][(layers["barriers"]["kind"] == "river").to_numpy()][0]
    assert not shapely.intersects(river, spots).any(), "the points are on dry land"
    assert shapely.intersects(river, shapely.shortest_line(spots, streets[nearest])).all()
    planned = set(sample.sample.truth["points"].query("plan == 'river'")["id"])
    assert len(across) >= 0.9 * len(planned)


def test_swapped_rows_are_seen_as_swapped_and_kept_apart(sample: Measured) -> None:
    rows = sample.sample.truth["swapped"]
    assert list(rows.columns) == list(sample.sample.layers["reports"].columns)
    assert all(swapped(lon, lat) for lon, lat in zip(rows["lon"], rows["lat"], strict=True))
    reports = sample.sample.layers["reports"]
    assert not any(
        swapped(lon, lat) for lon, lat in zip(reports["lon"][:200], reports["lat"][:200], strict=True)
    )
    assert not rows["id"].isin(reports["id"]).any()


def test_single_gate_compounds_have_one_way_out(sample: Measured) -> None:
    layers, alone = sample.sample.layers, sample.sample.truth["single_gate"]
    assert len(alone)
    gates, walled = layers["gates"], layers["compounds"].set_index("code")["walled"]
    assert walled[alone["compound"]].all()
    usable = gates[gates["access"].isin(["public", "resident"])]
    ways = usable[usable["compound"].isin(alone["compound"])]
    assert sorted(ways["code"]) == sorted(alone["gate"])


def test_ids_are_version_seven_in_order_of_time(sample: Measured) -> None:
    reports = sample.sample.layers["reports"]
    ids = [UUID(i) for i in reports["id"]]
    assert all(i.version == 7 and i.variant == "specified in RFC 4122" for i in ids)
    millis = np.array([i.int >> 80 for i in ids])
    stamp = pd.to_datetime(reports["reported_at"], utc=True).dt.as_unit("ms").astype("int64").to_numpy()
    assert ((millis - stamp >= 0) & (millis - stamp < 1000)).all()
    assert reports["reported_at"].is_monotonic_increasing


def test_times_and_states_agree(sample: Measured) -> None:
    reports = sample.sample.layers["reports"]
    finished = reports["status"].isin(["closed", "rejected", "cancelled", "merged"])
    assert (reports["closed_at"].notna() == finished).all()
    assert (reports["occurred_at"] < reports["reported_at"]).all()
    assert (reports["closed_at"][finished] > reports["reported_at"][finished]).all()
    assert reports["reported_at"].between("2025-11-01", "2026-11-01").all()
    stamp = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
    assert reports["reported_at"].map(lambda t: stamp.fullmatch(t) is not None).all()


def test_families_and_seasons(district: Measured) -> None:
    reports = district.sample.layers["reports"]
    family = {m.code: m.family for m in catalogue().matters}
    mine = reports["category_code"].map(family)
    share = mine.value_counts(normalize=True)
    for name, wanted in catalogue().families.items():
        assert share.get(name, 0.0) == pytest.approx(wanted, abs=0.015)
    month = reports["reported_at"].str.slice(5, 7)
    heating, snow = month[mine == "heating"], month[mine == "snow"]
    assert not heating.isin(["06", "07", "08"]).any()
    assert heating.isin(["10", "11", "12", "01"]).mean() > 0.6
    assert not snow.isin(["05", "06", "07", "08", "09"]).any()
    sources = reports["source"].value_counts(normalize=True)
    assert sources["grid_worker"] == pytest.approx(0.55, abs=0.01)
    assert sources["hotline"] == pytest.approx(0.25, abs=0.01)
    assert reports["text"].nunique() > 5000
