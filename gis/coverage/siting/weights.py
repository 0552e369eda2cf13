"""What a building counts for: its residents, else its households, else itself where nobody was ever counted."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from gis.base.errors import Invalid
from gis.walking.model import Bools, Int64s


class Weight(StrEnum):
    """What is covered, served or walked for."""

    RESIDENTS = "residents"
    HOUSEHOLDS = "households"
    BUILDINGS = "buildings"


WORDS = {
    Weight.RESIDENTS: ("居民", "residents"),
    Weight.HOUSEHOLDS: ("户", "households"),
    Weight.BUILDINGS: ("楼栋", "buildings"),
}


def weigh(residents: Int64s, households: Int64s | None, inside: Bools) -> tuple[Weight, Int64s]:
    """The first of residents, households and buildings that is known of any building asked about, by building (b).

    Without residents a search would find that every site covers nobody, which nobody who plans asks about.
    """
    for weight, count in ((Weight.RESIDENTS, residents), (Weight.HOUSEHOLDS, households)):
        if count is not None and bool((count[inside] > 0).any()):
            return weight, count
    return Weight.BUILDINGS, np.ones(len(residents), dtype=np.int64)


def note(weight: Weight) -> dict[str, str] | None:
    """What the reader of an answer must know of its numbers; None where they are of residents."""
    if weight is Weight.RESIDENTS:
        return None
    zh, en = WORDS[weight]
    return {
        "code": "no_residents",
        "zh": f"这里没有居民数据，改按{zh}计算：各数都是{zh}，不是人数",
        "en": f"no residents are known here, so {en} are counted instead: every number is of {en}, not of people",
    }


def no_residents() -> Invalid:
    """`siting_no_residents`: a capacity is of residents, and nothing else can stand in for them."""
    return Invalid(
        "siting_no_residents",
        "这里没有居民数据，无法按每站服务居民数选址；请先导入居民数，或选其他模型",
        "no residents are known here, so no station can be filled with them: import the people, or choose another model",
        field="model",
    )
