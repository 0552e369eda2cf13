"""Ours and its peers on the same input, in turn in one run: medians, ratios, and whether the answers agree.

A row's module has `run(size) -> Row`. It makes the input, builds what each side keeps between questions (its
time is printed as set-up, not counted), and hands callables to `compare`. A peer that cannot run here is a
`Missing` with the reason; it is null in the file and named in the table.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 5
BUDGET_S = 90.0  # of one contestant; whoever is slower than this allows runs fewer times, and that is printed
OUT = Path("build/bench.json")

Work = Callable[[], Any]
Agree = Callable[[dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Missing:
    """A peer that cannot run on this machine, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `build/bench.json`, and what is only printed: how often each ran, set-up times, remarks."""

    name: str
    size: str
    ours_s: float
    peers: dict[str, float | None]
    ratio: dict[str, float | None]
    agree: bool
    floor_s: float | None
    runs: dict[str, int] = field(default_factory=dict)
    setup_s: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    measures: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The agreed keys, `runs` and `setup_s` beside them, and what the row measures besides time."""
        whole: dict[str, Any] = asdict(self)
        whole.pop("notes")
        measured: dict[str, Any] = whole.pop("measures")
        return whole | measured


def timed(work: Work) -> tuple[float, Any]:
    """Wall seconds and the answer."""
    gc.collect()
    begin = time.perf_counter()
    answer = work()
    return time.perf_counter() - begin, answer


def compare(  # noqa: PLR0913 - all but four have defaults
    name: str,
    size: str,
    ours: Work,
    peers: Mapping[str, Work | Missing],
    *,
    agree: Agree,
    floor: Work | None = None,
    setup_s: Mapping[str, float] | None = None,
    notes: list[str] | None = None,
    rounds: int = ROUNDS,
    budget_s: float = BUDGET_S,
) -> Row:
    """Run everybody once to warm up and to compare answers, then in turn `rounds` times; medians count.

    `agree` gets the answers by name, ours under `ours`. A peer that raises is null with its error as the
    reason. The warm-up counts as a run of a contestant too slow to finish a second within its budget.
    """
    said = list(notes or [])
    running: dict[str, Work] = {"ours": ours}
    for peer, work in peers.items():
        if isinstance(work, Missing):
            said.append(f"{peer}: {work.reason}")
        else:
            running[peer] = work
    first, answers = _warm_up(running, said)
    running = {key: work for key, work in running.items() if key in first}
    same = agree(answers)
    answers.clear()
    seconds: dict[str, list[float]] = {key: [] for key in running}
    if floor is not None:
        running["floor"] = floor
        seconds["floor"] = []
    for _ in range(rounds):
        for key, work in running.items():
            if sum(seconds[key]) + first.get(key, 0.0) <= budget_s:
                seconds[key].append(timed(work)[0])
    medians = {key: median(times or [first[key]]) for key, times in seconds.items()}
    return Row(
        name=name,
        size=size,
        ours_s=medians["ours"],
        peers={peer: medians.get(peer) for peer in peers},
        ratio={peer: medians[peer] / medians["ours"] if peer in medians else None for peer in peers},
        agree=same,
        floor_s=medians.get("floor"),
        runs={key: len(times) or 1 for key, times in seconds.items()},
        setup_s=dict(setup_s or {}),
        notes=said,
    )


def _warm_up(running: dict[str, Work], said: list[str]) -> tuple[dict[str, float], dict[str, Any]]:
    first: dict[str, float] = {}
    answers: dict[str, Any] = {}
    for key, work in running.items():
        try:
            first[key], answers[key] = timed(work)
        except Exception as error:
            if key == "ours":
                raise
            said.append(f"{key}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
    return first, answers


def merge(rows: list[Row], out: Path, *, keep: bool) -> list[dict[str, Any]]:
    """Write rows as JSON; with `keep` other rows (by name and size) of an earlier file stay."""
    new = [row.as_json() for row in rows]
    old: list[dict[str, Any]] = []
    if keep and out.exists():
        old = json.loads(out.read_text(encoding="utf-8"))
    fresh = {(row["name"], row["size"]) for row in new}
    merged = [row for row in old if (row["name"], row["size"]) not in fresh] + new
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(merged, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return merged
