"""Public statistics: fixed areas and months, nothing small, nothing that can be worked out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text

from gis.base.errors import Invalid
from gis.base.suppress import K
from gis.db.api_role import api_url
from gis.db.cluster import Cluster
from gis.db.engine import make_web_engine, unit_of_work
from gis.db.scope import Scope, scoped
from gis.insight import store
from gis.insight.statistics import KINDS, first_open_month, public_statistics, refresh_public_statistics
from gis.settings import Settings
from tests.base.attack import Ints, tree_relations, widths
from tests.database import cloned_engine, town_template

pytestmark = pytest.mark.db
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def town(cluster: Cluster) -> Iterator[Engine]:
    """A town of which everything up to last month is published."""
    with cloned_engine(cluster, town_template(cluster)) as engine:
        with unit_of_work(engine) as session:
            more(session)
            refresh_public_statistics(session, now=NOW, again=True)
        yield engine


def more(session: object) -> None:
    """Fifty times as many events in October, so that some of its numbers are large."""
    session.execute(  # type: ignore[attr-defined]
        text(
            "INSERT INTO event (id, number, tracking_code, status, category_id, text, geom, grid_id, scope_area_id,"
            " grid_method, opened_at, closed_at) SELECT gen_random_uuid(), number || '-' || n, tracking_code || n,"
            " status, category_id, '', geom, grid_id, scope_area_id, grid_method, opened_at, closed_at"
            " FROM event, generate_series(1, 50) AS n WHERE opened_at >= '2026-10-01'"
        )
    )


def with_rest(counted: pd.DataFrame, kind: str) -> tuple[Ints, Ints]:
    """Parents and true numbers of a month, with what lies outside all children as a row of its own."""
    row_of = {area: row for row, area in enumerate(counted["area_id"])}
    parent = [row_of.get(up, -1) for up in counted["parent_id"]]
    values = counted[kind].astype(int).tolist()
    for row in sorted(set(parent) - {-1}):
        rest = values[row] - sum(v for v, up in zip(values, parent, strict=False) if up == row)
        if rest:
            parent.append(row)
            values.append(rest)
    return np.array(parent), np.array(values)[:, None]


def recovered(owner: Engine) -> tuple[int, int, int]:
    """Hidden cells that can be told within ±K from everything published, hidden cells, all cells."""
    found = hidden_cells = cells = 0
    with unit_of_work(owner) as session:
        counted = store.count_months(session, "Asia/Shanghai", first_open_month(NOW))
        shown = pd.DataFrame(
            session.execute(text("SELECT area_id, month, opened, closed FROM public_statistic"))
        )
    assert len(counted) == len(shown) > 0
    for month, group in counted.groupby("month"):
        told = shown[shown["month"] == month].set_index("area_id").reindex(group["area_id"])
        for kind in KINDS:
            parent, values = with_rest(group.reset_index(drop=True), kind)
            known = np.zeros(len(parent), dtype=bool)
            known[: len(told)] = told[kind].notna()
            assert (told[kind].dropna().to_numpy() == group[kind].to_numpy()[told[kind].notna()]).all()
            assert (values[known] >= K).all()
            wide = widths([tree_relations(parent, 1)], values, known[:, None], np.flatnonzero(~known))
            real = wide[: int((~known[: len(told)]).sum())]
            found, hidden_cells, cells = (
                found + int((real <= 2 * K).sum()),
                hidden_cells + len(real),
                cells + len(told),
            )
    return found, hidden_cells, cells


def test_nothing_public_of_the_town_tells_a_small_number(town: Engine) -> None:
    found, hidden, cells = recovered(town)
    assert (found, cells) == (0, 12 * 2 * 10)
    assert 0 < hidden < cells


@pytest.mark.prove
def test_nothing_public_of_the_district_tells_a_small_number(cluster: Cluster, tmp_path: Path) -> None:
    from gis.intake.sample import load_sample
    from sample_data.generate import generate
    from sample_data.write import write

    write(generate("district"), tmp_path)
    with cloned_engine(cluster) as engine:
        load_sample(engine, tmp_path)
        with unit_of_work(engine) as session:
            refresh_public_statistics(session, now=NOW)
        found, hidden, cells = recovered(engine)
    assert found == 0, f"{found} of {hidden} hidden of {cells} cells"
    assert hidden / cells < 0.35, f"{hidden} of {cells}"


def test_everybody_may_ask_and_gets_fixed_areas_and_months(town: Engine) -> None:
    web = make_web_engine(api_url(Settings(), town.url.render_as_string(hide_password=False)))
    got = public_statistics(scoped(web, Scope("anonymous")), "subdistrict", 3)
    web.dispose()
    assert got["months"] == ["2026-08", "2026-09", "2026-10"]
    assert (got["level"], got["k"], len(got["areas"])) == ("subdistrict", K, 3)
    assert {area["parent"] for area in got["areas"]} == {"230199"}
    for area in got["areas"]:
        assert [cell["month"] for cell in area["cells"]] == got["months"]
        for cell in area["cells"]:
            assert all(cell[kind] is None or cell[kind] >= K for kind in KINDS)
    assert any(cell["opened"] for area in got["areas"] for cell in area["cells"])
    assert datetime.fromisoformat(got["as_of"]).tzinfo
    for wrong, code in ((("grid", 3), "unknown_level"), (("community", 0), "months_out_of_range")):
        with pytest.raises(Invalid, match=code):
            public_statistics(town, *wrong)


def test_a_month_is_published_a_day_after_it_ends_and_then_stays(cluster: Cluster) -> None:
    assert first_open_month(datetime(2026, 10, 31, 17, tzinfo=UTC)) == date(2026, 10, 1)
    assert first_open_month(datetime(2026, 11, 1, 17, tzinfo=UTC)) == date(2026, 11, 1)
    with cloned_engine(cluster, town_template(cluster)) as engine, unit_of_work(engine) as session:
        refresh_public_statistics(session, now=NOW - timedelta(days=31), again=True)
        before = session.execute(text("SELECT * FROM public_statistic ORDER BY 1, 2")).all()
        assert max(row.month for row in before) == date(2026, 9, 1)
        more(session)
        late = "UPDATE event SET opened_at = opened_at - interval '40 days' WHERE opened_at > '2026-09-20'"
        session.execute(text(late))
        assert refresh_public_statistics(session, now=NOW) == 1
        after = session.execute(
            text("SELECT * FROM public_statistic WHERE month < '2026-10-01' ORDER BY 1, 2")
        ).all()
        assert after == before, "what came in late tells nothing by a difference"
        assert refresh_public_statistics(session, now=NOW) == 0
        assert refresh_public_statistics(session, now=NOW, again=True) >= 12


def test_nothing_is_published_of_nothing(engine: Engine) -> None:
    with unit_of_work(engine) as session:
        assert refresh_public_statistics(session, now=NOW) == 0
    assert public_statistics(engine) == {
        "level": "community", "months": [], "areas": [], "k": K, "as_of": None,
    }  # fmt: skip
