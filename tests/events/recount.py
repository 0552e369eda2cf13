"""The indicators once more, from the log and the clocks with pandas alone: what the product says has to equal this."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Engine, text

ONCE = {
    "accepted": ("accept",), "verified": ("verify",), "filed": ("file",), "self_handled": ("self_handle",),
    "rejected": ("reject",), "cancelled": ("cancel",), "dispatched": ("dispatch",), "returned": ("return", "refuse"),
    "handled": ("feedback",), "reworked": ("fail_inspection",), "objected": ("object",),
    "extended": ("grant_extension",), "suspended": ("suspend",), "urged": ("urge",), "valid": ("file", "self_handle"),
}  # fmt: skip
STAGES = ("total", "accept", "verify", "file", "dispatch", "sign", "handle", "inspect", "check")


@dataclass(frozen=True, slots=True)
class Frames:
    """Everything the indicators are made of."""

    events: pd.DataFrame
    log: pd.DataFrame
    clocks: pd.DataFrame
    rounds: pd.DataFrame
    areas: dict[str, int]
    units: dict[str, int]
    categories: dict[str, int]


def frames(engine: Engine) -> Frames:
    """Read them."""
    with engine.connect() as connection:

        def table(query: str) -> pd.DataFrame:
            rows = connection.execute(text(query))
            return pd.DataFrame(rows.mappings().all(), columns=list(rows.keys()))

        def codes(query: str) -> dict[str, int]:
            return {row[0]: row[1] for row in connection.execute(text(query))}

        return Frames(
            table("SELECT id, scope_path, category_id, opened_at, exempt FROM event").set_index("id"),
            table("SELECT event_id, seq, action, to_status FROM event_log ORDER BY event_id, seq"),
            table("SELECT event_id, stage, round, turn, department_id, started_at, running_since, stopped_at, due_at,"
                  " outcome, paused_at, extract(epoch FROM paused_total)::float8 AS paused_s FROM event_clock"),
            table("SELECT r.event_id, r.ended_at, r.department_id, g.score, g.solved, s.satisfied FROM event_round AS r"
                  " LEFT JOIN event_rating AS g USING (event_id, round) LEFT JOIN rating_scale AS s ON s.score = g.score"
                  " WHERE r.ended_as = 'closed'"),
            codes("SELECT code, id FROM area"),
            codes("SELECT code, id FROM department"),
            codes("SELECT scheme || ':' || kind || ':' || code, id FROM category"),
        )  # fmt: skip


def local_day(moments: Any) -> Any:
    """The day of a moment where the city is."""
    return pd.to_datetime(moments, utc=True).dt.tz_convert("Asia/Shanghai").dt.date


def flow_of(frames: Frames, chosen: pd.Index, first: date, last: date) -> dict[str, int]:
    """Cases opened in the period, and what became of them."""
    day = local_day(frames.events["opened_at"])
    ids = frames.events.index[(day >= first) & (day <= last)].intersection(chosen)
    log = frames.log[frames.log["event_id"].isin(ids)]
    made = {"reported": len(ids)}
    seen = {name: set(log.loc[log["action"].isin(actions), "event_id"]) for name, actions in ONCE.items()}
    seen["closed"] = set(log.loc[log["to_status"] == "closed", "event_id"])
    became = log[log["action"].isin(("file", "self_handle"))].groupby("event_id")["seq"].min()
    ended = log[log["action"].isin(("reject", "cancel", "merge"))].groupby("event_id")["seq"].min()
    both = pd.concat([became.rename("became"), ended.rename("ended")], axis=1)
    never = both["ended"].notna() & ~(both["became"] < both["ended"])
    return made | {name: len(found) for name, found in seen.items()} | {"invalid": int(never.sum())}


def stage_of(
    frames: Frames, chosen: pd.Index, stage: str, first: date, last: date, as_of: datetime
) -> dict[str, int]:
    """The five parts of what was due in the period."""
    clocks = frames.clocks[(frames.clocks["stage"] == stage) & frames.clocks["event_id"].isin(chosen)]
    if clocks.empty:
        return dict.fromkeys(("in_time", "late_done", "overdue", "running", "exempt"), 0)
    day = local_day(clocks["due_at"])
    clocks = clocks[(day >= first) & (day <= last)]
    exempt = clocks["event_id"].map(frames.events["exempt"]).astype(bool)
    due = pd.to_datetime(clocks["due_at"], utc=True)
    done = clocks["outcome"] == "done"
    late = done & (pd.to_datetime(clocks["stopped_at"], utc=True) > due)
    still_open = clocks["running_since"].notna()
    return {
        "in_time": int((done & ~late).sum()),
        "late_done": int((late & ~exempt).sum()),
        "exempt": int((late & exempt).sum()),
        "overdue": int((still_open & (due <= as_of)).sum()),
        "running": int((still_open & (due > as_of)).sum()),
    }


def times_of(
    frames: Frames, chosen: pd.Index, stage: str, first: date, last: date, as_of: datetime
) -> list[tuple[float, bool]]:
    """How long a stage took each case that began it in the period, all turns of a round together."""
    clocks = frames.clocks[(frames.clocks["stage"] == stage) & frames.clocks["event_id"].isin(chosen)]
    begin = pd.Timestamp(first, tz="Asia/Shanghai")
    end = pd.Timestamp(last, tz="Asia/Shanghai") + pd.Timedelta(days=1)
    clocks = clocks.assign(started=pd.to_datetime(clocks["started_at"], utc=True))
    clocks = clocks[(clocks["started"] >= begin) & (clocks["started"] <= as_of)]
    made = []
    for _, runs in clocks.groupby(["event_id", "round"]):
        if runs["started"].min() >= end:
            continue
        took = 0.0
        for run in runs.to_dict("records"):
            until = as_of if pd.isna(run["stopped_at"]) else run["stopped_at"]
            waited = 0.0 if pd.isna(run["paused_at"]) else (as_of - run["paused_at"]).total_seconds()
            took += (until - run["started_at"]).total_seconds() - run["paused_s"] - waited
        made.append((max(took, 0.0), runs.sort_values("turn")["outcome"].iloc[-1] == "done"))
    return made


def median_of(times: list[tuple[float, bool]]) -> float | None:
    """The earliest time by which half are done, with open ones waiting, step by step."""
    left, waiting = 1.0, len(times)
    for at in sorted({took for took, _ in times}):
        ended = sum(took == at and done for took, done in times)
        left *= 1 - ended / waiting
        if left <= 0.5 + 1e-12:
            return at
        waiting -= sum(took == at for took, _ in times)
    return None
