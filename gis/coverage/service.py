"""The doors of the coverage room: what a planner asks, and the tables and pages behind it."""

from __future__ import annotations

from gis.coverage.answers import answer, answer_for, coverage_answer
from gis.coverage.buildings import building_answer, building_rows, walked_line
from gis.coverage.found import reasons, rows_inside, stations_inside
from gis.coverage.layers import reach_rows, stored_layer

__all__ = [
    "answer",
    "answer_for",
    "building_answer",
    "building_rows",
    "coverage_answer",
    "reach_rows",
    "reasons",
    "rows_inside",
    "stations_inside",
    "stored_layer",
    "walked_line",
]
