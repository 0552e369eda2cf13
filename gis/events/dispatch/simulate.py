"""What a rule set would have done: a period of history decided at once, and compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from gis.events.dispatch.many import decide_many
from gis.events.dispatch.model import Rule
from gis.events.dispatch.moments import Working, moments_of
from gis.events.dispatch.store import Places

MOST_PAIRS: Final = 200
EXAMPLES: Final = 3
NOWHERE: Final = "—"


@dataclass(frozen=True, slots=True)
class Simulated:
    """Counts by target and by rule, alarms, and how many events go elsewhere than before, by from and to.

    Tables: `by_target` (kind, target, events), `by_rule` (rule, events), `alarms` (alarm, events), `diff` (from_kind,
    from_target, to_kind, to_target, events, examples: rows of `events`).
    """

    events: int
    changed: int
    by_target: pd.DataFrame
    by_rule: pd.DataFrame
    alarms: pd.DataFrame
    diff: pd.DataFrame


def events_of(history: pd.DataFrame, calendar: Working) -> pd.DataFrame:
    """History as `decide_many` reads it: categories and areas by id, moments taken apart."""
    made = history.rename(columns={"category_id": "category", "area_id": "area"})
    moments = moments_of(made["opened_at"], calendar)
    return made.assign(**moments)


def decided(
    rules: Sequence[Rule], events: pd.DataFrame, places: Places, departments: Mapping[str, str]
) -> pd.DataFrame:
    """What the rules say of every event: rule, kind, target, alarm."""
    return decide_many(rules, events, places.categories, places.areas, departments)


def as_it_was(events: pd.DataFrame) -> pd.DataFrame:
    """Where the events did go; those that went nowhere are left out of comparisons."""
    return pd.DataFrame(
        {
            "kind": events["department"].map(lambda one: "department" if one else None),
            "target": events["department"],
        },
        dtype=object,
    )


def compare(new: pd.DataFrame, old: pd.DataFrame, *, only_known: bool = False) -> Simulated:
    """Two answers for the same events beside each other; `only_known` leaves out what was nowhere before."""
    went = new[["kind", "target"]].where(new["target"].notna(), NOWHERE)
    was = old[["kind", "target"]].where(old["target"].notna(), NOWHERE)
    other = went["target"] != was["target"]
    if only_known:
        other &= was["target"] != NOWHERE
    pairs = pd.DataFrame(
        {"from_kind": was["kind"], "from_target": was["target"], "to_kind": went["kind"], "to_target": went["target"]}
    )[other]  # fmt: skip
    keys = list(pairs.columns)
    grouped = pairs.groupby(keys, sort=True)
    diff = grouped.size().rename("events").reset_index() if len(pairs) else pairs.assign(events=[])
    firsts = {key: list(rows[:EXAMPLES]) for key, rows in grouped.groups.items()} if len(pairs) else {}
    diff["examples"] = [firsts[tuple(row)] for row in diff[keys].itertuples(index=False, name=None)]
    diff = diff.sort_values(["events", *keys], ascending=[False, True, True, True, True]).head(MOST_PAIRS)
    return Simulated(
        len(new),
        int(other.sum()),
        _counted(new[new["target"].notna()], ["kind", "target"]),
        _counted(new[new["rule"].notna()], ["rule"]),
        _counted(new[new["alarm"] != ""], ["alarm"]),
        diff,
    )


def _counted(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    if not len(frame):
        return pd.DataFrame(columns=[*by, "events"])
    found = frame.groupby(by, sort=True).size().rename("events").reset_index()
    return found.sort_values(["events", *by], ascending=[False, *[True] * len(by)])


def told(
    found: Simulated, names: Mapping[str, str], numbers: Mapping[Any, Any], events: pd.DataFrame
) -> dict[str, Any]:
    """The comparison as plain values; `numbers` are the events whoever asks may see, by id."""

    def target(kind: str, code: str) -> dict[str, Any] | None:
        return None if code == NOWHERE else {"kind": kind, "code": code, "name": names.get(code, code)}

    def examples(rows: Sequence[int]) -> list[dict[str, str]]:
        ids = [events["event_id"].iloc[row] for row in rows]
        return [{"event": str(one), "number": numbers[one]} for one in ids if one in numbers]

    return {
        "events": found.events,
        "changed": found.changed,
        "by_target": [
            {**(target(row["kind"], row["target"]) or {}), "events": int(row["events"])}
            for row in found.by_target.to_dict("records")
        ],
        "by_rule": [
            {"rule": row["rule"], "events": int(row["events"])} for row in found.by_rule.to_dict("records")
        ],
        "alarms": {str(row["alarm"]): int(row["events"]) for row in found.alarms.to_dict("records")},
        "diff": [
            {
                "from": target(row["from_kind"], row["from_target"]),
                "to": target(row["to_kind"], row["to_target"]),
                "events": int(row["events"]),
                "examples": examples(row["examples"]),
            }
            for row in found.diff.to_dict("records")
        ],
    }
