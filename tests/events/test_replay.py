"""A month of the town, and a year of the district, played through the API: every event ends lawfully, the indicators
equal a recount with pandas.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, text

from gis.db.cluster import Cluster
from gis.events.kpi.medians import kaplan_meier_median
from sample_data.generate import generate
from sample_data.write import write
from tests.database import TOWN, cloned_engine, town_template
from tests.events.recount import (
    STAGES,
    Frames,
    flow_of,
    frames,
    local_day,
    median_of,
    stage_of,
    times_of,
)
from tests.events.replay import Play, playing, reports_of, run

pytestmark = pytest.mark.db
ZONE = ZoneInfo("Asia/Shanghai")
STRAY = text("""
SELECT count(*) FROM event_log AS l JOIN event AS e ON e.id = l.event_id
LEFT JOIN event_log AS b ON b.event_id = l.event_id AND b.seq = l.seq - 1
WHERE l.seq > 1 AND (l.from_status IS DISTINCT FROM b.to_status OR l.prev_hash IS DISTINCT FROM b.hash OR NOT EXISTS (
  SELECT FROM workflow_edge AS w WHERE w.workflow_id = e.workflow_id AND w.command = l.action
    AND w.from_status = l.from_status AND w.to_status = l.to_status)) OR l.seq = 1 AND l.action <> 'report'
""")
ENDS = text("""
SELECT count(*) FROM event AS e
JOIN LATERAL (SELECT l.to_status, l.seq FROM event_log AS l WHERE l.event_id = e.id ORDER BY l.seq DESC LIMIT 1) AS last
  ON true
WHERE e.status <> last.to_status OR e.version < last.seq
  OR (e.status IN ('closed', 'rejected', 'cancelled', 'merged')) <> (e.closed_at IS NOT NULL)
  OR NOT EXISTS (SELECT FROM workflow_state AS s WHERE s.workflow_id = e.workflow_id AND s.status = e.status)
""")


OUT_OF_TIME = text("""
SELECT (SELECT count(*) FROM event WHERE opened_at NOT BETWEEN :begins AND :ends
    OR updated_at NOT BETWEEN opened_at AND :ends)
  + (SELECT count(*) FROM event_log WHERE at NOT BETWEEN :begins AND :ends)
  + (SELECT count(*) FROM event_clock WHERE started_at NOT BETWEEN :begins AND :ends)
""")


def check_time(owner: Engine, begins: datetime, ends: datetime) -> None:
    """Nothing happened at the time of the test."""
    with owner.connect() as connection:
        assert connection.scalar(OUT_OF_TIME, {"begins": begins, "ends": ends}) == 0


def check_lawful(owner: Engine, count: int) -> None:
    """Every log is a chain along edges of its workflow, and every event stands where its log ends."""
    with owner.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM event")) == count
        assert connection.scalar(STRAY) == 0
        assert connection.scalar(ENDS) == 0


def told(play: Play, path: str, **params: Any) -> Any:
    """An answer of the indicators to the shift lead."""
    answer = play.ask("chief", "GET", f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def check_line(known: Frames, line: Any, chosen: pd.Index, days: tuple[date, date], as_of: datetime) -> int:
    """The numbers of a line equal those of the frames; how many were compared."""
    flow = flow_of(known, chosen, *days)
    assert {name: line["flow"][name] for name in flow} == flow, line["code"]
    for stage in STAGES:
        parts = stage_of(known, chosen, stage, *days, as_of)
        assert {name: line["stages"][stage][name] for name in parts} == parts, (line["code"], stage)
    return len(flow) + 5 * len(STAGES)


def check_voices(known: Frames, line: Any, days: tuple[date, date]) -> None:
    """Ratings of the rounds that closed in the period."""
    rounds = known.rounds
    day = local_day(rounds["ended_at"])
    rounds = rounds[(day >= days[0]) & (day <= days[1])]
    share, satisfied = line["voices"]["rated_share"], line["voices"]["rated_satisfied"]
    assert (share["denominator"], share["numerator"]) == (len(rounds), int(rounds["score"].notna().sum()))
    assert satisfied["numerator"] == int((rounds["satisfied"] == True).sum())  # noqa: E712 - None is neither


def check_places(play: Play, known: Frames, days: tuple[date, date], level: str) -> int:
    """Medians of areas equal those counted step by step."""
    found = told(play, "kpi/ranking", area=TOP(play), **period(days), level=level, stage="handle", least=5)
    as_of = datetime.fromisoformat(found["as_of"])
    for place in found["places"]:
        chosen = within(known, known.areas[place["code"]])
        times = times_of(known, chosen, "handle", *days, as_of)
        assert (place["n"], place["open"]) == (len(times), sum(not done for _, done in times))
        median = median_of(times)
        assert place["median_s"] == (None if median is None else pytest.approx(median, abs=1e-3))
    return len(found["places"])


def period(days: tuple[date, date]) -> dict[str, str]:
    return {"from": str(days[0]), "to": str(days[1])}


def within(known: Frames, area: int) -> pd.Index:
    """The events of an area with all below it."""
    mine = known.events["scope_path"].map(lambda path: area in path).astype(bool)
    return known.events.index[mine]


def TOP(play: Play) -> str:
    with play.owner.connect() as connection:
        return str(connection.scalar(text("SELECT code FROM area ORDER BY cardinality(path), code LIMIT 1")))


def check_indicators(play: Play, begins: datetime, ends: datetime) -> int:
    """All lines of two periods, by area, department and category; how many numbers were compared."""
    known = frames(play.owner)
    top = TOP(play)
    whole = (begins.astimezone(ZONE).date(), (ends + timedelta(days=500)).date())
    middle = begins.astimezone(ZONE).date() + (ends - begins) // 2
    compared = 0
    for days in (whole, (middle, middle + timedelta(days=9))):
        for asked in ({"level": "community"}, {"by": "category"}):
            found = told(play, "kpi", area=top, **period(days), **asked)
            as_of = datetime.fromisoformat(found["as_of"])
            assert as_of == ends
            compared += check_line(known, found["total"], known.events.index, days, as_of)
            check_voices(known, found["total"], days)
            for line in found["lines"]:
                if "level" in asked:
                    chosen = within(known, known.areas[line["code"]])
                else:
                    of = known.events["category_id"] == known.categories[line["code"]]
                    chosen = known.events.index[of]
                compared += check_line(known, line, chosen, days, as_of)
        units = told(play, "kpi", area=top, **period(days), by="department")["lines"]
        compared += sum(check_unit(known, line, days, ends) for line in units)
    assert check_places(play, known, whole, "subdistrict") > 0
    return compared


def check_unit(known: Frames, line: Any, days: tuple[date, date], as_of: datetime) -> int:
    """What a department signed for and handled, by who had it when that began."""
    mine = known.clocks[known.clocks["department_id"] == known.units[line["code"]]]
    narrow = Frames(known.events, known.log, mine, known.rounds, known.areas, known.units, known.categories)
    for stage in ("sign", "handle"):
        parts = stage_of(narrow, known.events.index, stage, *days, as_of)
        assert {name: line["stages"][stage][name] for name in parts} == parts, (line["code"], stage)
    return 10


def check_folding(play: Play, ends: datetime) -> None:
    """What is folded into sums says the same."""
    days = period((ends.date() - timedelta(days=400), ends.date() - timedelta(days=3)))
    ways: tuple[dict[str, str], ...] = (
        {"level": "community"}, {"by": "department"}, {"by": "category"}, {"department": play.units[0]},
    )  # fmt: skip

    def all_ways() -> list[Any]:
        return [told(play, "kpi", area=TOP(play), **days, **way) for way in ways]

    before = all_ways()
    with play.owner.begin() as connection:
        assert (connection.scalar(text("SELECT kpi_fold(10000000)")) or 0) > 0
    assert all_ways() == before


def played(
    engine: Engine,
    folder: Path,
    reports: Path,
    begins: datetime,
    ends: datetime,
    seed: int,
    tell: Callable[[str], None] | None = None,
) -> Play:
    """Play the reports of a folder between two moments, then compare everything."""
    rows = reports_of(pd.read_csv(reports, dtype={"category_code": str}), begins, ends)
    assert rows
    with playing(engine, folder, begins, seed) as play:
        run(play, rows, ends, tell)
        taken = play.answers["report 201"]
        assert taken >= 0.95 * len(rows), play.answers
        check_lawful(engine, taken)
        check_time(engine, begins, ends)
        assert check_indicators(play, begins, ends) > 1000
        check_folding(play, ends)
        assert not [said for said in play.answers if said.split()[1].startswith("5")], play.answers
        return play


@pytest.fixture
def town(cluster: Cluster) -> Any:
    with cloned_engine(cluster, town_template(cluster)) as engine:
        yield engine


def test_a_month_of_the_town(town: Engine, tmp_path: Path) -> None:
    begins = datetime(2026, 7, 1, tzinfo=ZONE)
    play = played(town, tmp_path, TOWN / "reports.csv", begins, begins + timedelta(days=31), seed=7)
    done = play.answers
    for needed in ("accept 200", "file 200", "dispatch 200", "sign 200", "feedback 200", "close 200"):
        assert done[needed] > 0, done


def test_the_recount_can_fail(town: Engine, tmp_path: Path) -> None:
    begins = datetime(2026, 7, 1, tzinfo=ZONE)
    ends = begins + timedelta(days=4)
    rows = reports_of(pd.read_csv(TOWN / "reports.csv", dtype={"category_code": str}), begins, ends)
    with playing(town, tmp_path, begins, 3) as play:
        run(play, rows, ends)
        with town.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(
                text(
                    "UPDATE event_log SET to_status = 'closed', action = 'reject' WHERE seq = 2 AND action = 'accept'"
                )
            )
        check_time(town, begins, ends)
        with pytest.raises(AssertionError):
            check_time(town, begins + timedelta(days=1), ends)
        with pytest.raises(AssertionError):
            check_lawful(town, len(rows))
        with pytest.raises(AssertionError):
            check_indicators(play, begins, ends)


def test_both_ways_to_a_median_agree() -> None:
    rng = random.Random(5)
    for _ in range(200):
        times = [(float(rng.randint(0, 30)), rng.random() < 0.6) for _ in range(rng.randint(1, 60))]
        assert median_of(times) == kaplan_meier_median(
            np.array([took for took, _ in times]), np.array([done for _, done in times])
        )


@pytest.mark.prove
def test_a_year_of_the_district(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    """All reports of the district's sample, from the first to a month after the last."""
    from gis.intake.sample import load_sample

    sample, state = tmp_path / "sample", tmp_path / "state"
    write(generate("district", 1), sample)
    reports = tmp_path / "reports.csv"
    (sample / "reports.csv").rename(reports)  # they come in by the API, not as a history
    state.mkdir()
    sent = pd.to_datetime(pd.read_csv(reports)["reported_at"].astype(str), utc=True)
    with cloned_engine(cluster) as engine:
        load_sample(engine, sample, _quiet)
        begins = sent.min().to_pydatetime().astimezone(ZONE)
        ends = sent.max().to_pydatetime() + timedelta(days=30)

        def tell(said: str) -> None:
            with capsys.disabled():
                sys.stdout.write(f"\n{request.node.name}: {said}")
                sys.stdout.flush()

        play = played(engine, state, reports, begins, ends, seed=11, tell=tell)
    tell(f"{dict(play.answers.most_common(40))}\n")


_quiet: Callable[..., None] = lambda *_, **__: None  # noqa: E731 - a progress that says nothing
