"""What is worked out once for a place and kept while it is asked for: counts by area, reasons, orders."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TypeVar, cast

from gis.coverage.world import World

T = TypeVar("T")
MOST = 96
_lock = Lock()


def kept(world: World, key: object, make: Callable[[], T]) -> T:
    """What `make` made for `key` on this content of the place, made now where nobody asked before.

    Two who ask at the same moment may both make it: they make the same, and nobody waits for the other.
    """
    with _lock:
        if key in world.derived:
            world.derived.move_to_end(key)
            return cast("T", world.derived[key])
    made = make()
    with _lock:
        world.derived[key] = made
        while len(world.derived) > MOST:
            world.derived.popitem(last=False)
    return made
