"""Moving windows in memory: how many times a key was counted within its span.

The library that reads our rates keeps windows as well, but starts a thread to forget old ones at nearly every
request, and waits for its start on the event loop: several milliseconds on a busy machine.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

SWEEP_S = 60.0


@dataclass(slots=True)
class Window:
    """When a key was counted, oldest first, and for how many seconds each counts."""

    span_s: float
    times: deque[float] = field(default_factory=deque)


class Windows:
    """Counts by key; `clock` gives seconds that never go back. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._windows: dict[str, Window] = {}
        self._sweep_at = clock() + SWEEP_S

    def __len__(self) -> int:
        return len(self._windows)

    def hit(self, key: str, most: int, span_s: float) -> bool:
        """Count one unless the window holds `most` already; whether it was counted."""
        with self._lock:
            now = self._clock()
            self._sweep(now)
            window = self._windows.setdefault(key, Window(span_s))
            window.span_s = span_s
            _forget(window, now)
            if len(window.times) >= most:
                return False
            window.times.append(now)
            return True

    def wait_s(self, key: str, most: int, span_s: float) -> float:
        """How many seconds until the window has room; 0 where it has now. Counts nothing."""
        with self._lock:
            now = self._clock()
            window = self._windows.get(key)
            if window is None:
                return 0.0
            window.span_s = span_s
            _forget(window, now)
            if len(window.times) < most:
                return 0.0
            # Of more than `most`, as when a rate was lowered, all but the youngest must have gone.
            return window.times[len(window.times) - most] + span_s - now if most else span_s

    def _sweep(self, now: float) -> None:
        """Let go of keys that nobody counts any more."""
        if now < self._sweep_at:
            return
        self._sweep_at = now + SWEEP_S
        for key, window in list(self._windows.items()):
            _forget(window, now)
            if not window.times:
                del self._windows[key]


def _forget(window: Window, now: float) -> None:
    while window.times and window.times[0] <= now - window.span_s:
        window.times.popleft()
