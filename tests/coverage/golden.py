"""The town's answers as they were checked in: `python -m tests.coverage.golden` writes them anew.

Do that when the town or the walking rules change on purpose, and read the difference before committing it.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gis.coverage.files import Files, Names, cover_files
from gis.walking.cost import limit_cost
from gis.walking.profiles import profile

ROOT = Path(__file__).resolve().parents[2]
TOWN = ROOT / "sample_data" / "town"
GOLDEN = Path(__file__).with_name("town_golden.csv")
LAYERS = ("streets", "buildings", "stations", "barriers", "compounds", "gates", "entrances")


def town_answer(name: str, value: float) -> pd.DataFrame:
    """The town's coverage by the layer files alone."""
    walker = profile(name)
    limit = limit_cost(walker, metres=value) if walker.is_metres else limit_cost(walker, minutes=value)
    files = Files(**{layer: TOWN / f"{layer}.geojson" for layer in LAYERS})
    return cover_files(files, walker, limit, Names("code"))


def answers() -> str:
    """One line a building: station, whole micrometres and reason for 500 m."""
    answer = town_answer("metres", 500.0)
    cost = [f"{c * 1e6:.0f}" if pd.notna(c) else "" for c in answer["distance_m"]]
    columns = (answer["building"], answer["station"].fillna(""), cost, answer["reason"].fillna("covered"))
    return "\n".join(",".join(row) for row in zip(*columns, strict=True)) + "\n"


if __name__ == "__main__":
    GOLDEN.write_text(answers(), encoding="utf-8")
