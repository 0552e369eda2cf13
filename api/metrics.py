"""Counters in the Prometheus text exposition, without a library: requests by method and status, the pool."""

from __future__ import annotations

import threading
from collections import Counter

from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """What one process has served since it started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, int]] = Counter()

    def count(self, method: str, status: int) -> None:
        """Note one answered request; methods nobody defines share one label."""
        with self._lock:
            self._requests[method if method in METHODS else "OTHER", status] += 1

    def exposition(self, engine: Engine | None) -> str:
        """All counters as text, one line a value."""
        with self._lock:
            requests = sorted(self._requests.items())
        lines = [
            "# HELP wangge_http_requests_total Answered requests by method and status.",
            "# TYPE wangge_http_requests_total counter",
            *(
                f'wangge_http_requests_total{{method="{method}",status="{status}"}} {count}'
                for (method, status), count in requests
            ),
        ]
        if engine is not None and isinstance(engine.pool, QueuePool):
            lines += [
                "# HELP wangge_pool_connections Database connections by state.",
                "# TYPE wangge_pool_connections gauge",
                f'wangge_pool_connections{{state="busy"}} {engine.pool.checkedout()}',
                f'wangge_pool_connections{{state="idle"}} {engine.pool.checkedin()}',
            ]
        return "\n".join(lines) + "\n"
