"""Which text encoding a dBASE or CSV file is in: declared, else UTF-8, else GB18030, else Latin-1."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SAMPLE_BYTES = 4 * 1024 * 1024


def guess(data: bytes) -> str:
    """The encoding of `data`: `utf-8-sig`, `utf-8`, `utf-16`, `gb18030` or `iso-8859-1`.

    Chinese text in GB18030 is almost all pairs with both bytes from 0xA1; accented Latin letters pair with
    plain ones, so a pair with a low second byte speaks for Latin-1.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for cut in range(4):  # a sample may end inside a character
        try:
            data[: len(data) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return "utf-8"
    return "gb18030" if _pairs(data) else "iso-8859-1"


def _pairs(data: bytes) -> bool:
    raw = np.frombuffer(data, dtype=np.uint8)
    high = raw >= 0xA1
    edges = np.flatnonzero(np.diff(np.concatenate(([False], high, [False])).astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    return bool(len(runs)) and float((runs % 2 == 0).mean()) >= 0.5


def dbf_encoding(shp: Path) -> tuple[str | None, str]:
    """The encoding of a shapefile's attributes and how it is known: `cpg`, `guessed` or `none` (no attributes)."""
    cpg = next((path for path in shp.parent.glob(f"{shp.stem}.*") if path.suffix.lower() == ".cpg"), None)
    if cpg is not None:
        return None, "cpg"  # the reader honours it
    dbf = next((path for path in shp.parent.glob(f"{shp.stem}.*") if path.suffix.lower() == ".dbf"), None)
    if dbf is None:
        return None, "none"
    with dbf.open("rb") as file:
        data = file.read(SAMPLE_BYTES)
    records = int.from_bytes(data[8:10], "little") if len(data) > 10 else 0
    names = data[32:records]
    # Field names are padded with NUL; they count as text too, Chinese ones are common.
    return guess(
        b"".join(names[at : at + 11].rstrip(b"\0") for at in range(0, len(names), 32)) + data[records:]
    ), "guessed"
