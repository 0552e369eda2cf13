"""Columns, keys and words: every reference has its row, every code list is kept."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from sample_data.facility_kinds import kinds
from sample_data.matters import catalogue
from sample_data.organisations import DISPATCHED
from sample_data.spec import SPECS
from tests.sample_data.conftest import Measured

ROOT = Path(__file__).parents[2]
COUNTS = ["households", "registered", "actual", "floating", "age_0_14", "age_15_59", "age_60_79", "age_80"]
COLUMNS = {
    "areas": ["code", "level", "name", "parent", "kind", "grid_lead", "grid_worker", "substitute", "geometry"],
    "party_orgs": ["code", "kind", "name", "parent"],
    "party_org_areas": ["party_org", "area", "valid_from"],
    "departments": ["code", "name", "parent"],
    "compounds": ["code", "name", "kind", "walled", "geometry"],
    "gates": ["code", "compound", "access", "hours", "geometry"],
    "buildings": ["code", "name", "use", "storeys", "compound", "address", *COUNTS, "geometry"],
    "entrances": ["code", "building", "geometry"],
    "stations": ["code", "type", "name", "status", "hours", "floor_area_m2", "capacity", "services", "building", "geometry"],
    "streets": [
        "code", "name", "kind", "foot_forward", "foot_backward", "steps", "slope_pct", "level", "bridge", "tunnel",
        "geometry",
    ],
    "barriers": ["code", "kind", "name", "geometry"],
    "reports": [
        "id", "source", "category_scheme", "category_kind", "category_code", "text", "address", "lon", "lat",
        "coord_sys", "accuracy_m", "urgency", "occurred_at", "reported_at", "status", "closed_at", "department",
    ],
}  # fmt: skip
HOURS = re.compile(
    r"24/7|(Mo|Tu|We|Th|Fr|Sa|Su)([-,](Mo|Tu|We|Th|Fr|Sa|Su))* \d\d:\d\d-\d\d:\d\d(; Sa \d\d:\d\d-\d\d:\d\d)?"
)
PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-\d{7,8}|\d{15,}")


@pytest.mark.parametrize("layer", list(COLUMNS))
def test_columns_are_the_agreed_ones(sample: Measured, layer: str) -> None:
    assert list(sample.sample.layers[layer].columns) == COLUMNS[layer]


def test_natural_keys_are_unique(sample: Measured) -> None:
    for name, frame in sample.sample.layers.items():
        key = "id" if name == "reports" else "code" if "code" in frame else ["party_org", "area"]
        assert not frame.duplicated(key).any(), name
        assert frame[key].notna().all(axis=None), name


@pytest.mark.parametrize(
    ("layer", "column", "target"),
    [
        ("party_orgs", "parent", "party_orgs"),
        ("party_org_areas", "party_org", "party_orgs"),
        ("party_org_areas", "area", "areas"),
        ("departments", "parent", "departments"),
        ("gates", "compound", "compounds"),
        ("buildings", "compound", "compounds"),
        ("entrances", "building", "buildings"),
        ("stations", "building", "buildings"),
    ],
)
def test_references_have_their_row(sample: Measured, layer: str, column: str, target: str) -> None:
    values = sample.sample.layers[layer][column].dropna()
    assert len(values)
    assert values.isin(sample.sample.layers[target]["code"]).all()


@pytest.mark.parametrize(
    ("layer", "column", "allowed"),
    [
        ("party_orgs", "kind", "committee general_branch branch group"),
        ("gates", "access", "public resident staff closed"),
        ("stations", "status", "existing under_construction planned"),
        ("streets", "kind", "primary secondary tertiary residential footway steps"),
        ("barriers", "kind", "river water railway wall motorway"),
        ("reports", "coord_sys", "wgs84 gcj02 bd09"),
        ("reports", "urgency", "normal urgent emergency"),
    ],
)
def test_words_are_of_their_list(sample: Measured, layer: str, column: str, allowed: str) -> None:
    assert set(sample.sample.layers[layer][column]) <= set(allowed.split())


def test_categories_exist_and_are_leaves() -> None:
    known, parents = set(), set()
    for path in (ROOT / "gis" / "events" / "data").glob("categories_*.csv"):
        with path.open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                known.add((row["scheme"], row["kind"], row["code"]))
                parents.add((row["scheme"], row["kind"], row["parent"]))
    used = {(m.scheme, m.kind, m.code) for m in catalogue().matters}
    assert used <= known
    assert not used & parents


def test_every_facility_type_is_of_the_reference() -> None:
    path = ROOT.parent / "shared" / "reference" / "facility_types.csv"
    if not path.exists():
        pytest.skip("../shared/reference is not beside the checkout")
    types = set(pd.read_csv(path)["type_id"])
    assert set(kinds()) <= types
    for spec in SPECS.values():
        assert set(spec.stations) <= set(kinds())


def test_hours_are_of_the_agreed_syntax(sample: Measured) -> None:
    for layer in ("gates", "stations"):
        hours = sample.sample.layers[layer]["hours"].dropna()
        assert len(hours)
        assert hours.map(lambda h: HOURS.fullmatch(h) is not None).all()


def test_no_telephone_and_no_number_of_a_person(sample: Measured) -> None:
    reports = sample.sample.layers["reports"]
    assert not reports["text"].str.contains(PHONE).any()
    assert not reports["address"].str.contains(PHONE).any()
    assert PHONE.search("请拨 0451-12345678"), "the check must be able to see one"


def test_shares_of_matters_and_sources_are_whole() -> None:
    book = catalogue()
    assert sum(book.families.values()) == pytest.approx(1.0)
    assert sum(book.sources.values()) == pytest.approx(1.0)
    raw = tomllib.loads((ROOT / "sample_data" / "matters.toml").read_text(encoding="utf-8"))
    assert {m["family"] for m in raw["matter"]} == set(raw["families"])


def test_what_was_dispatched_names_its_department(town: Measured) -> None:
    layers = town.sample.layers
    reports, departments = layers["reports"], layers["departments"].set_index("code")["name"]
    dispatched = reports["status"].isin(DISPATCHED)
    assert (reports["department"].notna() == dispatched).all()
    named = reports.loc[dispatched, "department"].map(departments)
    assert named.notna().all()
    family = {m.code: m.family for m in catalogue().matters}
    heating = reports.loc[dispatched, "category_code"].map(family) == "heating"
    assert named[heating].str.endswith("供热办公室").all()
    assert (
        named[reports.loc[dispatched, "category_code"].isin(["09005", "09006"])].str.endswith("执法队").all()
    )
