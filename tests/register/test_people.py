"""Counts of people by area: exact for whom they concern, and no small one to be worked out by anybody else."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text

from gis.base.suppress import K
from gis.db.api_role import api_url
from gis.db.engine import make_web_engine, unit_of_work
from gis.db.scope import Scope, scoped
from gis.events.places import area_card
from gis.register.people import hidden_areas, refresh_people
from gis.register.tables import COUNTS
from gis.settings import Settings
from tests.base.attack import row_relations, tree_relations, widths

pytestmark = pytest.mark.db
AGES = ["age_0_14", "age_15_59", "age_60_79", "age_80"]
COLUMNS = [*COUNTS, "settled"]


@pytest.fixture(scope="module")
def web(town_engine: Engine) -> Iterator[Engine]:
    made = make_web_engine(api_url(Settings(), town_engine.url.render_as_string(hide_password=False)))
    yield made
    made.dispose()


def people(engine: Engine, table: str) -> pd.DataFrame:
    query = f"SELECT p.*, a.code, a.parent_id FROM {table} p JOIN area a ON a.id = p.area_id ORDER BY a.code"
    with unit_of_work(engine) as session:
        return pd.DataFrame(session.execute(text(query)))


def reader(web: Engine, owner: Engine, *codes: str) -> Engine:
    with unit_of_work(owner) as session:
        ids = session.scalars(
            text("SELECT id FROM area WHERE code = ANY(:codes)"), {"codes": list(codes)}
        ).all()
    return scoped(web, Scope("worker", areas={"people.read": tuple(ids)}))


def recovered(exact: pd.DataFrame, shown: pd.Series, homes: pd.Series) -> tuple[int, int]:
    """Cells told within ±K by all that is published and that everybody sees lived in; and how many are hidden."""
    row_of = {area: row for row, area in enumerate(exact["area_id"])}
    parent = np.array([row_of.get(up, -1) for up in exact["parent_id"]])
    values = exact.assign(settled=exact["actual"] - exact["floating"])[COLUMNS].to_numpy(dtype=np.int64)
    known = np.repeat(shown.to_numpy()[:, None], len(COLUMNS), axis=1)
    actual = COLUMNS.index("actual")
    relations = [
        tree_relations(parent, len(COLUMNS)),
        row_relations(len(parent), len(COLUMNS), actual, [COLUMNS.index(age) for age in AGES]),
        row_relations(
            len(parent), len(COLUMNS), actual, [COLUMNS.index("floating"), COLUMNS.index("settled")]
        ),
    ]
    hidden = np.flatnonzero(~known.ravel())
    leaf = ~np.isin(np.arange(len(parent)), parent)
    empty = leaf & (homes.to_numpy() == 0)  # everybody sees that nobody lives there
    known |= empty[:, None]
    wanted = np.flatnonzero(~known.ravel())
    wide = widths(relations, values, known, wanted)
    return int((wide <= 2 * K + 1e-6).sum()), len(hidden)


def homes_of(engine: Engine) -> pd.Series:
    query = (
        "SELECT a.code, count(b.id) FILTER (WHERE b.inhabited) AS homes FROM area a LEFT JOIN area g ON a.id ="
        " ANY(g.path) LEFT JOIN building b ON b.grid_id = g.id WHERE a.valid_to IS NULL GROUP BY a.code ORDER BY 1"
    )
    with unit_of_work(engine) as session:
        return pd.DataFrame(session.execute(text(query)))["homes"]


def test_sums_are_those_of_the_buildings_on_every_level(town_engine: Engine) -> None:
    exact = people(town_engine, "area_people")
    assert len(exact) == 72
    for length in (2, 4, 6, 9, 12, 15):
        assert exact.loc[exact["code"].str.len() == length, "actual"].sum() == 38_200
    shown = people(town_engine, "area_people_public")
    whole = ~shown["suppressed"]
    assert (shown.loc[whole, list(COUNTS)] == exact.loc[whole, list(COUNTS)]).all(axis=None)
    assert shown.loc[~whole, list(COUNTS)].isna().all(axis=None)
    assert (shown.loc[whole, list(COUNTS)] >= K).all(axis=None)


def test_nothing_public_of_the_town_tells_a_small_count(town_engine: Engine) -> None:
    exact, shown = people(town_engine, "area_people"), people(town_engine, "area_people_public")
    found, hidden = recovered(exact, ~shown["suppressed"], homes_of(town_engine))
    assert found == 0
    assert 0 < hidden < 0.2 * exact[COLUMNS[:-1]].size


def test_the_control_hiding_only_the_small_is_broken(town_engine: Engine) -> None:
    exact = people(town_engine, "area_people")
    small = (exact[list(COUNTS)] < K).any(axis=1)
    homes = homes_of(town_engine) + 1  # nobody sees who lives where
    assert small.any()
    assert recovered(exact, ~small, homes)[0] > 0


def test_the_web_edge_reads_counts_of_its_own_areas_only(web: Engine, town_engine: Engine) -> None:
    exact = people(town_engine, "area_people")
    one, other = exact.loc[exact["code"].str.len() == 12, "code"].iloc[[0, 3]]
    mine = people(reader(web, town_engine, one), "area_people")
    assert set(mine["code"]) == set(exact.loc[exact["code"].str.startswith(one), "code"])
    with unit_of_work(reader(web, town_engine, one)) as session:
        seen = set(
            session.scalars(
                text("SELECT DISTINCT a.code FROM building_people p JOIN area a ON a.id = scope_area_id")
            )
        )
    assert all(code.startswith(one) for code in seen)
    assert seen
    for nobody in (web, scoped(web, Scope("x", areas={"events.read": "*"}))):
        assert len(people(nobody, "area_people")) == 0
    assert len(people(web, "area_people_public")) == len(exact)
    assert other not in set(mine["code"])


def test_a_card_is_exact_inside_and_as_for_everybody_outside(web: Engine, town_engine: Engine) -> None:
    exact = people(town_engine, "area_people").set_index("code")
    shown = people(town_engine, "area_people_public").set_index("code")
    hidden = shown.index[shown["suppressed"] & (shown.index.str.len() == 15)]
    grid, community = hidden[-1], hidden[-1][:12]
    for asker, code, want, suppressed in (
        (reader(web, town_engine, community), grid, exact, False),
        (reader(web, town_engine, grid), grid, exact, False),
        (reader(web, town_engine, grid), hidden[0], None, True),
        (reader(web, town_engine, grid), community, shown, bool(shown.loc[community, "suppressed"])),
        (town_engine, grid, exact, False),
    ):
        card = json.loads(area_card(asker, code))
        assert card["people_suppressed"] is suppressed
        for name in COUNTS:
            told = card["people"][name]
            assert told == (None if want is None or suppressed else want.loc[code, name])
        assert card["people"]["buildings"] > 0


def test_who_lives_where_follows_the_counts(town_engine: Engine) -> None:
    with unit_of_work(town_engine) as session:
        wrong = session.scalar(
            text(
                "SELECT count(*) FROM building b LEFT JOIN building_people p ON p.building_id = b.id"
                " WHERE b.inhabited IS DISTINCT FROM (p.actual > 0 OR p.households > 0)"
                " OR p.scope_area_id IS DISTINCT FROM coalesce(b.grid_id, (SELECT area_id FROM service_area))"
            )
        )
        assert wrong == 0
        before = session.execute(text("SELECT sum(xmin::text::bigint) FROM area_people_public")).scalar()
        refresh_people(session)
        assert (
            session.execute(text("SELECT sum(xmin::text::bigint) FROM area_people_public")).scalar() == before
        )


def test_counts_nobody_took_hide_nothing() -> None:
    areas = pd.DataFrame(
        {name: pd.Series([None, None, None], dtype=object) for name in [*COUNTS, "settled"]}
    ).assign(area_id=[1, 2, 3], parent_id=[None, 1, 1], homes=0)
    assert hidden_areas(areas) == []
    assert hidden_areas(areas.assign(households=[500, 400, 100])) == []
    assert hidden_areas(areas.assign(households=[500, 495, 5])) == [1, 2, 3]
    assert hidden_areas(areas.iloc[:0]) == []
