"""Department scores: the statement against pandas on random data, and against hand-made cases."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import text

from gis.base.errors import Invalid
from gis.db.cluster import Cluster
from gis.events.kpi.comparing import whistle_rates
from gis.events.whistle.score_export import export_scores
from gis.events.whistle.scores import RUN_YEARS, department_scores, read_period, run_of, score_run
from tests.events.reports import uuid7
from tests.events.whistle.people import Stage, staged

pytestmark = pytest.mark.db
ZONE = ZoneInfo("Asia/Shanghai")
TABLES = ("whistle", "whistle_answer", "whistle_appeal")
COUNT = 400
ORDER = ("called", "accepted", "arrived", "resolved", "rated", "unrated", "released")


def _answer(dice: random.Random, now: datetime) -> dict[str, Any]:
    """One answer somewhere on its way; about half of it in time."""
    called = now - timedelta(minutes=dice.randrange(60 * 24 * 400))
    row: dict[str, Any] = {
        "status": dice.choice(ORDER), "called_at": called, "accept_due": called + timedelta(hours=2),
        "arrive_due": called + timedelta(hours=24), "plan_due": called + timedelta(days=7),
        "result_due": called + timedelta(days=15), "department": dice.choice(("water", "pipes", "parks")),
    }  # fmt: skip
    far = ORDER.index(row["status"])
    if far >= 1 and not (row["status"] == "released" and dice.random() < 0.5):
        row["accepted_at"] = called + timedelta(hours=dice.choice((1, 2, 3)))
    if far in {2, 3, 4, 5}:
        row["arrived_at"] = called + timedelta(hours=dice.choice((4, 24, 30)))
    if far in {3, 4, 5}:
        row |= {
            "resolved_at": called + timedelta(days=dice.choice((1, 20))),
            "outcome": dice.choice(("solved", "partly", "unsolved")),
            "rate_due": called + timedelta(days=30),
        }
    if row["status"] == "rated":
        row |= {name: dice.randint(1, 5) for name in ("timeliness", "effort", "result")}
        row |= {"rated_at": now, "solved": dice.choice(("yes", "partly", "no"))}
        row["appeal"] = dice.choice((None, None, "asked", "granted", "denied"))
    return row


@pytest.fixture(scope="module")
def filled(cluster: Cluster) -> Iterator[tuple[Stage, pd.DataFrame]]:
    """Random answers of more than a year, written past the guards, with the frame they came from."""
    dice, now = random.Random(7), datetime.now(UTC)
    rows = [_answer(dice, now) | {"id": uuid7()} for _ in range(COUNT)]
    with staged(cluster) as stage:
        with stage.owner.begin() as connection:
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            for row in rows:
                _store(connection, stage, row)
            for table in TABLES:
                connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        frame = pd.DataFrame(rows)
        for name in [str(column) for column in frame if str(column).endswith(("_at", "_due"))]:
            frame[name] = pd.to_datetime(frame[name], utc=True)
        yield stage, frame


def _store(connection: Any, stage: Stage, row: dict[str, Any]) -> None:
    who = stage.accounts["secretary"]
    values = {
        "id": row["id"],
        "who": who,
        "called": row["called_at"],
        "place": stage.areas["230199001001001"],
    }
    connection.execute(
        text(
            "INSERT INTO whistle (id, area_id, blower_area_id, approver_area_id, rule_id, blown_by, reason, geom,"
            " status, approve_due, blown_at, decided_at, decided_by) SELECT cast(:id AS uuid), :place, a.parent_id,"
            " b.parent_id, (SELECT min(id) FROM whistle_rule), :who, 'x', ST_SetSRID(ST_MakePoint(126.605, 45.76), 4326),"
            " 'approved', now(), :called, :called, :who FROM area AS a JOIN area AS b ON b.id = a.parent_id"
            " WHERE a.id = :place"
        ),
        values,
    )
    columns = [name for name in row if name not in {"id", "department", "appeal"}]
    given = {name: row[name] for name in columns}
    if row["status"] == "rated":
        columns.append("rated_by")
        given["rated_by"] = who
    department = stage.departments[row["department"]]
    connection.execute(
        text(
            f"INSERT INTO whistle_answer (whistle_id, department_id, {', '.join(columns)}) VALUES"
            f" (cast(:id AS uuid), :department, {', '.join(f':{name}' for name in columns)})"
        ),
        given | {"id": row["id"], "department": department},
    )
    if row.get("appeal"):
        decided = row["appeal"] != "asked"
        connection.execute(
            text(
                "INSERT INTO whistle_appeal (whistle_id, department_id, status, reason, asked_by, decided_at,"
                " decided_by, decision) VALUES (cast(:id AS uuid), :department, :status, 'x', :asked,"
                " CASE WHEN :decided THEN now() END, CASE WHEN :decided THEN cast(:who AS int) END,"
                " CASE WHEN :decided THEN 'x' END)"
            ),
            values
            | {"department": department, "status": row["appeal"], "decided": decided}
            | {"asked": stage.accounts[row["department"]]},
        )


def _rate(done: pd.Series, base: pd.Series, waiting: pd.Series) -> dict[str, Any]:
    numerator, denominator = int(done.sum()), int(base.sum())
    value = None if denominator == 0 else round(numerator / denominator, 6)
    return {"numerator": numerator, "denominator": denominator, "value": value, "waiting": int(waiting.sum())}


def by_hand(frame: pd.DataFrame, now: datetime) -> dict[str, Any]:
    """The score of one department's rows, by another way."""
    exempt = frame["appeal"].eq("granted") & frame["status"].ne("released")
    released = frame["status"].eq("released")
    rows = frame[~exempt & ~released]
    accepted, arrived = rows["accepted_at"].notna(), rows["arrived_at"].notna()
    over = {name: rows[f"{name}_due"] < now for name in ("accept", "arrive", "result")}
    judged = rows["status"].isin(["rated", "unrated"])
    resolved = rows["status"].eq("resolved")
    solved = rows["solved"].eq("yes") | (rows["status"].eq("unrated") & rows["outcome"].eq("solved"))
    rated = rows[rows["status"].eq("rated")]
    marks = {
        name: round(float(rated[name].mean()), 4) if len(rated) else None
        for name in ("timeliness", "effort", "result")
    }
    return {
        "called": len(frame),
        "excluded": {"released": int(released.sum()), "exempt": int(exempt.sum())},
        "answered": _rate(
            accepted & (rows["accepted_at"] <= rows["accept_due"]),
            accepted | over["accept"],
            ~accepted & ~over["accept"],
        ),
        "arrived": _rate(
            accepted & arrived & (rows["arrived_at"] <= rows["arrive_due"]),
            accepted & (arrived | over["arrive"]),
            accepted & ~arrived & ~over["arrive"],
        ),
        "solved": _rate(
            solved, judged | (~resolved & over["result"]), resolved | (~judged & ~resolved & ~over["result"])
        ),
        "ratings": {"n": len(rated), "unrated": int(rows["status"].eq("unrated").sum()), **marks},
        "appeals": {name: int(frame["appeal"].eq(name).sum()) for name in ("asked", "granted", "denied")},
    }


def test_the_score_is_what_pandas_says(filled: tuple[Stage, pd.DataFrame]) -> None:
    stage, frame = filled
    now = datetime.now(UTC)
    local = frame["called_at"].dt.tz_convert(ZONE)
    compared = 0
    for label in sorted({*local.dt.strftime("%Y-%m"), *local.dt.strftime("%Y")}):
        month = len(label) == 7
        period = read_period(label if month else None, None if month else int(label))
        told = department_scores(stage.as_("leader"), period)
        mine = frame[local.dt.strftime("%Y-%m" if month else "%Y") == label]
        assert [one["code"] for one in told["departments"]] == sorted(set(mine["department"]))
        for one in told["departments"]:
            wanted = by_hand(mine[mine["department"] == one["code"]], now)
            got = {name: one[name] for name in wanted}
            assert got == wanted, (label, one["code"])
            compared += 1
    assert compared > 30


def test_a_run_says_of_each_period_what_is_said_of_it_alone(filled: tuple[Stage, pd.DataFrame]) -> None:
    leader, today = filled[0].as_("leader"), datetime.now(ZONE).date()
    for year in (None, today.year, today.year - 1):
        periods = run_of(year)
        told = score_run(leader, periods)
        alone = [
            {one["code"]: one for one in department_scores(leader, one)["departments"]} for one in periods
        ]
        assert [one["code"] for one in told["departments"]] == sorted(set().union(*alone))
        for one in told["departments"]:
            named = {name: one[name] for name in ("code", "name")}
            assert [score and named | score for score in one["scores"]] == [
                by.get(one["code"]) for by in alone
            ]
        rows = export_scores(told, "csv").decode("utf-8-sig").splitlines()
        assert len(rows) == 1 + sum(map(len, alone))
        assert rows[0].startswith("部门代码,部门,周期,")


def test_a_run_is_the_months_begun_and_the_year_or_the_years() -> None:
    march = datetime(2026, 3, 31, tzinfo=ZONE).date()
    assert [one.label for one in run_of(2026, march)] == ["2026-01", "2026-02", "2026-03", "2026"]
    assert len(run_of(2025, march)) == 13
    years = [one.label for one in run_of(None, march)]
    assert (len(years), years[-1]) == (RUN_YEARS, "2026")


def test_a_denominator_of_nothing_is_null(filled: tuple[Stage, pd.DataFrame]) -> None:
    told = department_scores(filled[0].as_("leader"), read_period(None, 2020), "water")
    (one,) = told["departments"]
    assert one["called"] == 0
    for name in ("answered", "arrived", "solved"):
        assert one[name] == {"numerator": 0, "denominator": 0, "value": None, "waiting": 0}
    assert one["ratings"] == {"n": 0, "unrated": 0, "timeliness": None, "effort": None, "result": None}


def test_nothing_is_added_up_to_one_number(filled: tuple[Stage, pd.DataFrame]) -> None:
    told = department_scores(filled[0].as_("leader"), read_period(None, datetime.now(ZONE).year))
    for one in told["departments"]:
        numbers = {"called", "excluded", "answered", "arrived", "solved", "ratings", "appeals"}
        assert set(one) == {"code", "name"} | numbers


def test_indicators_and_scores_count_the_same_whistles(filled: tuple[Stage, pd.DataFrame]) -> None:
    """Whoever holds kpi.read and sees no whistle is told no other number, and no zero, than by the indicators."""
    judge, day = filled[0].as_("judge"), datetime.now(ZONE).date()
    told = department_scores(judge, read_period(None, day.year))["departments"]
    rates = whistle_rates(judge, "230199001001001", (day.replace(month=1, day=1), day))
    assert sum(one["called"] for one in told) == rates["called"] > 0


def test_a_department_sees_its_own_and_a_foreign_community_none(filled: tuple[Stage, pd.DataFrame]) -> None:
    stage = filled[0]
    year = datetime.now(ZONE).year
    mine = department_scores(stage.as_("water"), read_period(None, year))
    assert {one["code"] for one in mine["departments"]} == {"water", "pipes"}, "pipes is under water"
    assert department_scores(stage.as_("other_secretary"), read_period(None, year))["departments"] == []


@pytest.mark.parametrize(
    ("month", "year"), [(None, None), ("2026-11", 2026), ("2026-13", None), ("2026", None), ("x", None)]
)
def test_a_period_is_a_month_or_a_year(month: str | None, year: int | None) -> None:
    with pytest.raises(Invalid):
        read_period(month, year)


def test_december_ends_in_january() -> None:
    period = read_period("2026-12", None)
    assert (period.begin.isoformat(), period.end.isoformat()) == ("2026-12-01", "2027-01-01")
