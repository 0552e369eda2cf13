"""A body that is refused says what would be allowed, and never what was sent."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import read_model
from gis.base.errors import Invalid


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Body(BaseModel):
    model_config = ConfigDict(strict=True)

    units: list[str] = Field(default=["a"], min_length=1, max_length=2)
    level: Literal["grid", "community"] = "grid"
    minutes: Literal[5, 15] = 15
    colour: Annotated[Colour, Field(strict=False)] = Colour.RED
    share: float = Field(default=0.5, ge=0, le=1)
    days: int = Field(default=1, gt=0, lt=10)


@pytest.mark.parametrize(
    ("sent", "zh", "en"),
    [
        ({"units": []}, "units：至少要有 1 项", "units: at least 1 needed"),
        ({"units": ["a", "b", "secret"]}, "units：至多 2 项", "units: at most 2"),
        ({"units": "secret"}, "units：应为数组", "units: must be a list"),
        (
            {"level": "secret"},
            "level：应为以下之一：grid, community",
            "level: must be one of grid, community",
        ),
        ({"minutes": 7}, "minutes：应为以下之一：5, 15", "minutes: must be one of 5, 15"),
        ({"colour": "secret"}, "colour：应为以下之一：red, blue", "colour: must be one of red, blue"),
        ({"share": -1.0}, "share：不能小于 0.0", "share: must not be less than 0.0"),
        ({"share": 1.5}, "share：不能大于 1.0", "share: must not be more than 1.0"),
        ({"share": "secret"}, "share：应为数字", "share: must be a number"),
        ({"days": 0}, "days：应大于 0", "days: must be more than 0"),
        ({"days": 10}, "days：应小于 10", "days: must be less than 10"),
    ],
)
def test_what_would_be_allowed(sent: dict[str, Any], zh: str, en: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_model(Body, sent)
    assert (caught.value.code, caught.value.zh, caught.value.en) == ("bad_value", zh, en)


def test_whatever_else_is_only_called_invalid() -> None:
    class Day(BaseModel):
        pattern: str = Field(pattern="^a$")

    with pytest.raises(Invalid) as caught:
        read_model(Day, {"pattern": "secret"})
    assert (caught.value.code, caught.value.en) == ("bad_value", "pattern: the value is not valid")
