"""How long work tells how far it is: a callable, so that rooms need no screen."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then with the name of the step, the units done and their total (0: not known yet)."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tell how far `step` is. Chinese first in its name, like every text a user sees."""


def silent(step: str, done: int, total: int) -> None:
    """Progress nobody looks at."""
