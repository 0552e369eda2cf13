"""Requests over a few kept connections: as fast as answers come, or at a stated rate; what each took.

It is a program of its own process (`python -m benchmarks.http_load`), so that it does not share an interpreter
with what it measures: a line of JSON on standard input says what to send, one on standard output what came.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Send a request and read its whole answer; the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    at = lower.index(b"content-length:") + 15
    await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
    return int(head[9:12])


async def _closed(port: int, requests: list[bytes], connections: int, seconds: float) -> dict[str, Any]:
    """Each connection sends its next request as soon as it is answered, until the time is over."""
    waiting = iter(requests)
    took: list[float] = []
    statuses: dict[int, int] = {}
    begun = time.perf_counter()

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            sent = time.perf_counter()
            status = await _one(reader, writer, request)
            took.append(time.perf_counter() - sent)
            statuses[status] = statuses.get(status, 0) + 1
            if time.perf_counter() - begun > seconds:
                break
        writer.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return _told(took, statuses, time.perf_counter() - begun)


async def _open(port: int, requests: list[bytes], connections: int, rate: float) -> dict[str, Any]:
    """Requests begin at a steady rate whoever is answered; what waited for a connection counts as waiting."""
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    took: list[float] = []
    statuses: dict[int, int] = {}
    begun = time.perf_counter()

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while True:
            due, request = await queue.get()
            status = await _one(reader, writer, request)
            took.append(time.perf_counter() - due)
            statuses[status] = statuses.get(status, 0) + 1
            queue.task_done()

    workers = [asyncio.create_task(work()) for _ in range(connections)]
    for n, request in enumerate(requests):
        due = begun + n / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        queue.put_nowait((due, request))
    await queue.join()
    for one in workers:
        one.cancel()
    return _told(took, statuses, time.perf_counter() - begun)


def _told(took: list[float], statuses: dict[int, int], seconds: float) -> dict[str, Any]:
    ordered = sorted(took)
    share = {name: ordered[int(part * (len(ordered) - 1))] for name, part in (("p50", 0.5), ("p99", 0.99))}
    return {"count": len(took), "seconds": seconds, "statuses": statuses, **share}


def main() -> None:
    """Read what to do, do it, tell."""
    asked = json.loads(sys.stdin.readline())
    head = asked["head"].encode()
    requests = [
        head + f"Content-Length: {len(body.encode())}\r\n\r\n{body}".encode() for body in asked["bodies"]
    ]
    if asked.get("rate"):
        work = _open(asked["port"], requests, asked["connections"], asked["rate"])
    else:
        work = _closed(asked["port"], requests, asked["connections"], asked["seconds"])
    print(json.dumps(asyncio.run(work)))


if __name__ == "__main__":
    main()
