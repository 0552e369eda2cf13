"""What steps, states and photos are called in what people are told; the commands as the shipped template calls them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

SLOTS: dict[str, tuple[str, str]] = {
    "before": ("处置前", "before"),
    "after": ("处置后", "after"),
    "check": ("核查", "check"),
    "other": ("其他", "other"),
}


@cache
def _steps() -> dict[str, tuple[str, str]]:
    text = resources.files("gis.events.data.workflows").joinpath("grid.toml").read_text("utf-8")
    return {name: (zh, en) for name, (zh, en) in tomllib.loads(text)["commands"].items()}


def step_words(command: str) -> tuple[str, str]:
    """What a command is called in Chinese and English; its name for one that no template has."""
    return _steps().get(command, (command, command))


def slot_words(slot: str) -> tuple[str, str]:
    """What photos of a slot are called."""
    return SLOTS.get(slot, (slot, slot))
