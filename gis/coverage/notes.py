"""What the reader of an answer must know of the data: what could not be read, and how it was counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.coverage import capacity, sums
from gis.coverage.found import rows_inside
from gis.coverage.model import NOTED, Note, Question
from gis.coverage.world import World
from gis.register.opening import unreadable
from gis.walking.columns import words
from gis.walking.model import Bools, Int64s


def notes(world: World, question: Question) -> list[Note]:
    """What was decided about the stations and gates of a question."""
    chosen = world.chosen(question.types)
    said = []
    if question.at is not None:
        said += [_hours_unreadable(world, chosen), _hours_unknown(world, chosen)]
    if question.capacity:
        said += [_capacity_unknown(world, chosen), _people_unknown(world, question)]
    return [note for note in said if note.count]


def _codes(frame: pd.DataFrame, rows: Bools) -> tuple[str, ...]:
    return tuple(frame["code"].to_numpy(dtype=object)[rows][:NOTED])


def _hours_unreadable(world: World, chosen: Int64s) -> Note:
    stations, gates = world.stations.iloc[chosen], world.layers.gates
    strange = unreadable(words(stations, "hours"))
    wrong = np.zeros(0, np.bool_) if gates is None else unreadable(words(gates, "hours"))
    return Note(
        "hours_unreadable",
        "开放时间无法识别，按开放计",
        "opening hours that cannot be read count as open",
        int(strange.sum() + wrong.sum()),
        _codes(stations, strange),
        () if gates is None else _codes(gates, wrong),
    )


def _hours_unknown(world: World, chosen: Int64s) -> Note:
    stations = world.stations.iloc[chosen]
    silent = np.array([not str(text or "").strip() for text in words(stations, "hours")], dtype=np.bool_)
    return Note(
        "hours_unknown",
        "没有开放时间，按开放计",
        "stations without opening hours count as open",
        int(silent.sum()),
        _codes(stations, silent),
    )


def _capacity_unknown(world: World, chosen: Int64s) -> Note:
    silent: Bools = capacity.rooms(world, chosen) == capacity.UNLIMITED
    return Note(
        "capacity_unknown",
        "没有容量数据，按不限计",
        "stations without a capacity count as unlimited",
        int(silent.sum()),
        _codes(world.stations.iloc[chosen], silent),
    )


def _people_unknown(world: World, question: Question) -> Note:
    homes = sums.homes(world).rows
    here = rows_inside(world, question.area)[homes]
    silent = int(world.buildings["actual"].iloc[homes[here]].isna().sum())
    return Note(
        "residents_unknown",
        "居民数未知的楼栋不占容量",
        "homes whose residents were not counted take no capacity",
        silent,
        of_people=True,
    )
