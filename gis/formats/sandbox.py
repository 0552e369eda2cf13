"""Run one reader of foreign files in a short-lived child with hard limits.

A parser that crashes, loops or is taken over must not do so in the service: the child has an empty
environment, no network where the system lets it leave, bounded memory, time and output, and answers only
through one Arrow file of plain columns, never through pickled objects.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from gis.base.errors import Invalid, TooLarge

REFUSED, LIMIT = 3, 4


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading may use: memory and output in bytes, CPU and wall time in seconds."""

    memory_bytes: int = 6 * 1024**3
    output_bytes: int = 4 * 1024**3
    cpu_s: int = 300
    wall_s: int = 600
    file_bytes: int = 4 * 1024**3


# For files that strangers send over the network.
UPLOAD = Limits(
    memory_bytes=2 * 1024**3, output_bytes=512 * 1024**2, cpu_s=30, wall_s=60, file_bytes=256 * 1024**2
)


def _environment(extra: Mapping[str, str], home: str) -> dict[str, str]:
    clean = {
        "PATH": "/usr/bin:/bin",
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "CPL_CURL_ENABLE": "NO",
        "GDAL_PAM_ENABLED": "NO",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    # The interpreter finds this package whether it is installed or run from a checkout.
    clean["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    return clean | dict(extra)


def _failure(done: subprocess.CompletedProcess[bytes]) -> Invalid:
    if done.returncode == REFUSED:
        try:
            told = json.loads(done.stderr.decode("utf-8", "replace").strip().splitlines()[-1])
            return Invalid(str(told["code"]), str(told["zh"]), str(told["en"]))
        except (ValueError, KeyError, IndexError):
            pass
    if done.returncode in {-9, -24, -25} or b"MemoryError" in done.stderr or done.returncode == LIMIT:
        return TooLarge(
            "file_too_costly", "读取文件超出内存、时间或输出限制", "reading the file exceeds the limits"
        )  # type: ignore[return-value]
    return Invalid(
        "file_unreadable", "文件损坏或格式不符，无法读取", "the file is damaged or not of its format"
    )


@contextmanager
def _workplace() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(prefix="wangge-read-"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def run_reader(
    request: Mapping[str, Any], *, limits: Limits | None = None, environment: Mapping[str, str] | None = None
) -> list[pa.Table]:
    """Run `gis.formats.child` on `request` and return the tables it wrote.

    Raises Invalid with the child's own code, `file_unreadable` when it crashes, TooLarge `file_too_costly`
    when it runs out of memory, time or output.
    """
    limits = limits or Limits()
    with _workplace() as place:
        order = dict(request) | {"limits": asdict(limits), "out": str(place)}
        command: Sequence[str] = [sys.executable, "-s", "-m", "gis.formats.child"]
        try:
            done = subprocess.run(  # noqa: S603  # the interpreter and a module of our own
                command,
                input=json.dumps(order).encode(),
                capture_output=True,
                env=_environment(environment or {}, str(place)),
                cwd=place,
                timeout=limits.wall_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TooLarge(
                "file_too_costly", "读取文件超时", f"reading took longer than {limits.wall_s} s"
            ) from error
        if done.returncode != 0:
            raise _failure(done)
        return [_load(path) for path in sorted(place.glob("table-*.arrow"))]


def _load(path: Path) -> pa.Table:
    with pa.OSFile(str(path), "rb") as source:
        return pa.ipc.open_file(source).read_all()
