"""Standards are data: read strictly, kept by city and version, never surer than their weakest value."""

from __future__ import annotations

from importlib import resources

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.base.errors import InvalidFile
from gis.coverage.standards import CONFIDENCE, Standard, read_standards, weakest
from gis.coverage.standards_store import find_standard, put_standard
from gis.register.station_types import station_types

SHIPPED = resources.files("gis.coverage").joinpath("data", "standards_1.csv").read_bytes()


def shipped(profile: str) -> Standard:
    return next(one for one in read_standards(SHIPPED) if one.profile == profile)


def test_the_shipped_standards_name_known_types_and_say_how_sure_they_are() -> None:
    for standard in read_standards(SHIPPED):
        assert {row.type for row in standard.types} <= set(station_types())
        for row in standard.types:
            assert row.source
            kind = station_types()[row.type]
            if row.radius_m is not None:
                assert (row.tier_min, row.radius_m) == (kind.tier_min, kind.radius_m)
            assert (row.area_confidence is None) == (row.floor_area_m2_min is None)
            assert (row.population_confidence is None) == (row.per == "none")


def test_the_national_tiers_and_the_community_rooms() -> None:
    standard = shipped("gb50180")
    served = {
        row.tier_min: (row.residents_min, row.residents_max, row.population_confidence)
        for row in standard.judged
        if row.per == "residents"
    }
    assert served == {
        5: (5000, 12000, "recalled"),
        10: (15000, 25000, "verified"),
        15: (50000, 100000, "verified"),
    }
    assert (standard.m2_per_100_households, standard.area_confidence) == (30, "verified")
    assert not standard.verified
    assert [row.tier_min for row in standard.judged] == sorted(row.tier_min or 0 for row in standard.judged)


def test_the_least_area_a_household_is_the_smaller_end() -> None:
    by_type = {row.type: row for row in shipped("gb50180").types}
    assert by_type["health_station"].m2_per_household == pytest.approx(270 / 4000)
    assert by_type["culture_station"].m2_per_household == pytest.approx(250 / 1500)
    assert by_type["fitness_yard"].m2_per_household is None


def test_the_weakest_value_speaks_for_a_row() -> None:
    assert weakest(CONFIDENCE) == "recalled"
    assert weakest(["defined", "verified"]) == "defined"
    assert {row.type: row.weakest for row in shipped("gb50180").types}["kindergarten"] == "recalled"
    assert {row.type: row.weakest for row in shipped("gb50180").types}["middle_school"] == "verified"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"kindergarten,,,5,300", b"kindergarten,,,7,300", "out_of_range"),
        (b"kindergarten,,,5,300", b"kindergarten,,,5,-3", "bad_number"),
        (b"kindergarten,,,5,300", b"kindergarten,,,5,nan", "bad_number"),
        (b"kindergarten,,,5,300", b"health_station,,,5,300", "repeated"),
        (b"3150,4550", b"4550,3150", "out_of_range"),
        (b"verified,recalled,recalled,radius", b"sure,recalled,recalled,radius", "bad_value"),
        (b"12000,1500,4000,3150", b",1500,4000,3150", "missing"),
        (b"0.9,defined", b"1.9,defined", "out_of_range"),
        (b"gb50180,2018,,,", b"gb50180,2019,,,", "missing"),
        (b"covered_share", b"share", "missing_columns"),
    ],
)
def test_wrong_files_are_refused_with_every_problem(old: bytes, new: bytes, code: str) -> None:
    assert old in SHIPPED
    with pytest.raises(InvalidFile) as refused:
        read_standards(SHIPPED.replace(old, new, 1))
    assert code in {problem.code for problem in refused.value.problems}


def test_what_is_no_table_is_refused() -> None:
    for data in (b"", b"\xff\xfe\x00", SHIPPED.splitlines()[0]):
        with pytest.raises(InvalidFile):
            read_standards(data)


@pytest.mark.db
def test_the_migration_stores_what_the_file_says(engine: Engine) -> None:
    with Session(engine) as session:
        for given in read_standards(SHIPPED):
            found = find_standard(session, given.profile, None, "230199")
            assert found is not None
            order = {row.type: row for row in found.types}
            assert tuple(order[row.type] for row in given.types) == given.types
            assert (found.version, found.m2_per_100_households) == (given.version, 30)
        assert find_standard(session, "nothing", None, "") is None
        assert find_standard(session, "gb50180", "1993", "") is None


@pytest.mark.db
def test_a_citys_own_standard_comes_first_in_its_areas(session: Session) -> None:
    national = shipped("gb50180")
    text = SHIPPED.replace(b"gb50180,2018,,", b"gb50180,2025,2301,").replace(b",30,0.9,", b",40,0.9,")
    own = next(one for one in read_standards(text) if one.city)
    for _ in range(2):  # an import again takes the place of the first
        put_standard(session, own)
    for area, expected in (("230199", 40), ("2301", 40), ("2302", 30), ("", 30), ("23", 30)):
        found = find_standard(session, "gb50180", None, area)
        assert found is not None
        assert found.m2_per_100_households == expected, area
    old = find_standard(session, "gb50180", "2018", "230199")
    assert old is not None
    assert old.types == tuple(sorted(national.types, key=lambda r: (r.tier_min or 99, r.type)))
