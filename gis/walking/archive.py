"""A prepared place on disk: integer arrays and a line of JSON, no pickles, replaced as a whole."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, fields
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS

from gis.walking.model import Direct, Links, Network
from gis.walking.network import NetworkReport
from gis.walking.prepare import Prepared

_PARTS: dict[str, Any] = {
    "network": Network,
    "building_links": Links,
    "station_links": Links,
    "direct": Direct,
}


def code_version() -> str:
    """Twelve hex digits that change with this room's source: an archive never outlives the code that made it."""
    digest = sha256()
    room = resources.files("gis.walking")
    for source in sorted(room.iterdir(), key=lambda entry: entry.name):
        if source.name.endswith(".py"):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def save(path: Path, prepared: Prepared) -> None:
    """Write `prepared` to `path`; another process sees the whole file or none."""
    arrays: dict[str, Any] = {}
    for part, kind in _PARTS.items():
        for field in fields(kind):
            value = getattr(getattr(prepared, part), field.name)
            if field.name != "crs":
                arrays[f"{part}.{field.name}"] = value.astype(str) if value.dtype == object else value
    facts = {
        "crs": prepared.crs.to_wkt(),
        "report": asdict(prepared.report),
        "facts": prepared.facts,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    making = path.with_suffix(f".{os.getpid()}.making")
    with making.open("wb") as file:
        np.savez(file, facts=np.array(json.dumps(facts)), **arrays)
    making.replace(path)


def load(path: Path) -> Prepared | None:
    """What `save` wrote, None when there is no readable archive."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            facts = json.loads(str(arrays["facts"]))
            crs = CRS.from_wkt(facts["crs"])
            parts = {part: _part(arrays, part, kind, crs) for part, kind in _PARTS.items()}
    except (OSError, ValueError, KeyError):
        return None
    return Prepared(crs=crs, report=NetworkReport(**facts["report"]), facts=facts["facts"], **parts)


def _part(arrays: Any, part: str, kind: Any, crs: CRS) -> Any:
    values = {}
    for field in fields(kind):
        if field.name == "crs":
            values["crs"] = crs
            continue
        value = arrays[f"{part}.{field.name}"]
        values[field.name] = value.astype(object) if value.dtype.kind == "U" else value
    return kind(**values)
