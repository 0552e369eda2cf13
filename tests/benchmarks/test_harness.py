"""The harness on a town: medians, ratios, a peer that cannot run, answers that differ, merging into the file."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
import shapely

from benchmarks import __main__ as command
from benchmarks import assign, inputs
from benchmarks.harness import Missing, Row, compare, merge
from gis.db.cluster import Cluster

KEYS = {"name", "size", "ours_s", "peers", "ratio", "agree", "floor_s"}


def agree(answers: dict[str, object]) -> bool:
    return len(set(answers.values())) == 1


def broken() -> None:
    raise ValueError("no such door")


def test_medians_ratios_and_missing_peers() -> None:
    row = compare(
        "x",
        "town",
        lambda: 1,
        {"slow": lambda: time.sleep(0.01) or 1, "absent": Missing("not here"), "broken": broken},
        agree=agree,
        floor=lambda: None,
    )
    assert row.agree
    assert row.peers["slow"] >= 0.01
    assert row.ratio["slow"] == pytest.approx(row.peers["slow"] / row.ours_s)
    assert row.peers["absent"] is row.peers["broken"] is row.ratio["absent"] is None
    assert row.notes == ["absent: not here", "broken: ValueError: no such door"]
    assert row.runs == {"ours": 5, "slow": 5, "floor": 5}
    assert set(row.as_json()) >= KEYS


def test_differing_answers_are_seen() -> None:
    assert not compare("x", "town", lambda: 1, {"other": lambda: 2}, agree=agree).agree


def test_a_failure_of_ours_is_not_hidden() -> None:
    with pytest.raises(ValueError, match="no such door"):
        compare("x", "town", broken, {}, agree=agree)


def test_a_peer_beyond_its_budget_runs_once_and_says_so() -> None:
    row = compare("x", "town", lambda: 1, {"slow": lambda: time.sleep(0.03) or 1}, agree=agree, budget_s=0.02)
    assert row.runs["slow"] == 1
    assert row.peers["slow"] >= 0.03
    assert row.runs["ours"] == 5


def made(name: str, size: str, seconds: float) -> Row:
    return Row(name, size, seconds, {}, {}, True, None)


def test_only_merges_and_a_whole_run_replaces(tmp_path: Path) -> None:
    out = tmp_path / "build/bench.json"
    merge([made("a", "town", 1), made("b", "town", 2)], out, keep=False)
    merge([made("b", "town", 3), made("b", "city", 4)], out, keep=True)
    kept = {(row["name"], row["size"]): row["ours_s"] for row in json.loads(out.read_text("utf-8"))}
    assert kept == {("a", "town"): 1, ("b", "town"): 3, ("b", "city"): 4}
    merge([made("c", "town", 5)], out, keep=False)
    assert [row["name"] for row in json.loads(out.read_text("utf-8"))] == ["c"]


def test_inputs_are_what_they_say() -> None:
    grids = inputs.grids(60)
    assert shapely.is_valid(grids.polygons).all()
    assert shapely.area(shapely.union_all(grids.polygons)) == pytest.approx(
        shapely.area(grids.polygons).sum()
    )
    assert len(set(grids.codes)) == 60
    assert sorted(grids.codes) == list(grids.codes)
    points = inputs.points(grids, 10_000)
    inside = np.zeros(len(points), dtype=int)
    on = np.zeros(len(points), dtype=bool)
    for shape in grids.polygons:
        inside += shapely.covers(shape, shapely.points(points))
        on |= shapely.touches(shape, shapely.points(points))
    assert 0.009 < (inside == 0).mean() < 0.011
    assert 0.004 < on.mean() < 0.012
    assert (inside > 1).sum() > 20
    assert np.array_equal(points, inputs.points(grids, 10_000))


def test_the_tie_rule_on_pairs() -> None:
    assert assign.lowest(4, [2, 0, 0], [5, 9, 3]).tolist() == [3, -1, 5, -1]


def test_assign_on_the_town(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "bench.json"
    assert command.main(["--only", "assign", "--size", "town", "--out", str(out)]) == 0
    (row,) = json.loads(out.read_text("utf-8"))
    assert row["agree"] is True
    assert set(row["peers"]) == {"geopandas", "strtree", "duckdb", "sedonadb", "polars_st"}
    assert row["peers"]["geopandas"] > 0
    assert row["setup_s"]["ours"] > 0
    assert "answers agree" in capsys.readouterr().out


@pytest.mark.db
@pytest.mark.prove
def test_rls_on_the_town(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    monkeypatch.setattr("benchmarks.rls.TIMES", 1)
    monkeypatch.setenv("WANGGE_DATABASE_URL", cluster.url("postgres"))
    assert command.main(["--only", "rls", "--size", "town", "--out", str(out)]) == 0
    private, managed = json.loads(out.read_text("utf-8"))
    assert (private["name"], managed["name"]) == ("rls", "rls_managed")
    for row in (private, managed):
        assert row["agree"] is True
        assert row["ratio"]["without"] > 0
        assert row["floor_s"] > 0


def test_an_unknown_row_is_refused() -> None:
    with pytest.raises(SystemExit):
        command.main(["--only", "nothing"])
