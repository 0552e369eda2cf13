"""Counts of people and of things."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.sample_data.conftest import Measured

SEED_FIGURES = {
    "grids": 573, "workers": 573, "party_branches": 364, "party_groups": 239, "communities": 60,
    "subdistricts": 8, "buildings": 18_000, "households": 165_000, "residents": 370_000, "stations": 420,
    "reports": 34_000,
}  # fmt: skip
AGES = ["age_0_14", "age_15_59", "age_60_79", "age_80"]


def test_district_has_the_figures_of_the_seed(district: Measured) -> None:
    summary = district.sample.summary
    assert {k: summary[k] for k in SEED_FIGURES} == SEED_FIGURES
    assert 4_200 <= int(str(summary["residential_buildings"])) <= 4_800


def test_town_has_its_figures(town: Measured) -> None:
    summary = town.sample.summary
    assert summary["grids"] == summary["workers"] == 60
    assert summary["buildings"] == 1500
    assert 12 <= int(str(summary["stations"])) <= 20
    assert int(str(summary["reports"])) >= 200


def test_summary_counts_what_the_layers_hold(sample: Measured) -> None:
    layers, summary = sample.sample.layers, sample.sample.summary
    assert summary["residents"] == layers["buildings"]["actual"].sum()
    assert summary["households"] == layers["buildings"]["households"].sum()
    for name in ("stations", "reports", "entrances", "compounds", "gates", "streets"):
        assert summary[name] == len(layers[name])


def test_counts_are_consistent(sample: Measured) -> None:
    b = sample.sample.layers["buildings"]
    home = b["use"].isin(["residential", "house"])
    assert (b[AGES].sum(axis=1) == b["actual"]).all()
    assert (b["floating"] <= b["actual"]).all()
    assert (b["registered"] >= b["actual"] - b["floating"]).all()
    assert (b.loc[home, ["households", "actual"]] > 0).all(axis=None)
    assert (b.loc[~home, ["households", "registered", "actual", "floating", *AGES]] == 0).all(axis=None)
    assert (b["storeys"] >= 1).all()
    assert (b.loc[b["use"].isin(["garage", "shed", "house"]), "storeys"] == 1).all()
    assert 1.9 < b["actual"].sum() / b["households"].sum() < 2.6


def test_grids_aim_at_three_hundred_households(district: Measured) -> None:
    areas, b = district.sample.layers["areas"], district.sample.layers["buildings"]
    grids = district["areas"][(areas["level"] == "grid").to_numpy()]
    spot, grid = shapely.STRtree(grids).query(
        shapely.point_on_surface(district["buildings"]), predicate="within"
    )
    assert len(np.unique(spot)) == len(b)
    households = np.bincount(grid, b["households"].to_numpy()[spot], len(grids))
    assert 200 < np.median(households) < 330
    assert households.max() < 900
    dedicated = (areas.loc[areas["level"] == "grid", "kind"] == "dedicated").to_numpy()
    assert 0 < dedicated.sum() < 30
    assert (households[dedicated] == 0).mean() > 0.8


def test_compounds_have_the_shares_of_the_reference(district: Measured) -> None:
    kind = district.sample.layers["compounds"]["kind"].value_counts()
    lived = kind[
        ["open_courtyard", "renovated_old", "closed_highrise", "work_unit", "resettlement", "one_storey"]
    ]
    share = lived / lived.sum()
    wanted = pd.Series(
        {"open_courtyard": 0.30, "renovated_old": 0.22, "closed_highrise": 0.26, "work_unit": 0.12,
         "resettlement": 0.07, "one_storey": 0.03}
    )  # fmt: skip
    assert (share - wanted).abs().max() < 0.03


def test_party_organisations_do_not_match_grids_one_to_one(district: Measured) -> None:
    layers = district.sample.layers
    orgs, links = layers["party_orgs"], layers["party_org_areas"]
    kind = links["party_org"].map(orgs.set_index("code")["kind"])
    grids = set(layers["areas"].loc[layers["areas"]["level"] == "grid", "code"])
    branch, group = (set(links.loc[kind == k, "area"]) for k in ("branch", "group"))
    assert branch <= grids
    assert group <= grids
    assert all([branch & group, branch - group, group - branch, grids - branch - group])
    assert links.loc[kind == "branch", "party_org"].duplicated().any(), "a branch may serve two grids"
    parents = orgs.set_index("code").loc[orgs.loc[orgs["kind"] == "group", "parent"], "kind"]
    assert set(parents) == {"branch"}


def test_some_stations_are_not_there_yet(district: Measured) -> None:
    status = district.sample.layers["stations"]["status"].value_counts()
    assert status["planned"] >= 5
    assert status["under_construction"] >= 5
    assert status["existing"] > 350
    centres = district.sample.layers["stations"].query("type == 'party_mass_center'")
    assert len(centres) == 60
    assert centres["name"].is_unique
    assert sorted(district.sample.layers["stations"]["code"]) == list(
        district.sample.layers["stations"]["code"]
    )


@pytest.mark.parametrize("layer", ["stations", "compounds"])
def test_names_are_there(sample: Measured, layer: str) -> None:
    assert sample.sample.layers[layer]["name"].str.len().min() >= 2
