"""Scenarios, comparisons and edits as JSON values."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from api.coverage_views import shares
from gis.coverage.compare import Change, Comparison, how_far
from gis.coverage.editing import Committed
from gis.coverage.scenarios import Scenario
from gis.coverage.world import World

MOST_BUILDINGS = 5_000
"""Changed buildings told in one answer: those that change sides first."""


def scenario_view(one: Scenario) -> dict[str, Any]:
    """A scenario as it is read."""
    given = {name: value for name, value in asdict(one).items() if name != "area_id"}
    moments = ("created_at", "updated_at", "adopted_at")
    told = {name: None if given[name] is None else given[name].isoformat() for name in moments}
    return {**given, **told, "id": str(one.id), "url": f"/planner?scenario={one.id}"}


def comparison_view(given: Comparison, world: World, scenario: UUID) -> dict[str, Any]:
    """A question before and after; `world` is the place as it is."""
    pairs = zip(given.before.areas["community"], given.after.areas["community"], strict=True)
    return {
        "scenario": str(scenario),
        "suppressed": given.suppressed,
        "before": shares(given.before.totals),
        "after": shares(given.after.totals),
        "gained": asdict(given.gained),
        "lost": asdict(given.lost),
        "communities": [
            {
                "code": before.code,
                "name": before.name,
                "suppressed": before.suppressed,
                "before": shares(before.shares),
                "after": shares(after.shares),
            }
            for before, after in pairs
        ],
        "relinked": given.relinked,
        "unit": "m" if given.before.question.profile.is_metres else "s",
        "buildings": _buildings(given, world),
    }


def _buildings(given: Comparison, world: World) -> dict[str, Any]:
    changed = np.flatnonzero(given.change != Change.SAME)
    order = np.argsort(given.change[changed], kind="stable")  # gained, lost, closer, farther; then by code
    rows = changed[order][:MOST_BUILDINGS]
    people = world.buildings["actual"].to_numpy(dtype=np.float64, na_value=np.nan)[rows]
    shapes = shapely.to_geojson(
        shapely.transform(world.buildings.geometry.to_numpy()[rows], lambda xy: np.round(xy, 6))
    )
    told = zip(
        world.buildings["code"].to_numpy()[rows].tolist(),
        given.change[rows].tolist(),
        how_far(given.cost[rows]),
        how_far(given.cost_after[rows]),
        [
            int(n) if seen and np.isfinite(n) else None
            for n, seen in zip(people, given.seen[rows], strict=True)
        ],
        shapes,
        strict=True,
    )
    features = [
        {
            "type": "Feature",
            "id": code,
            "properties": {
                "code": code,
                "status": Change(status).name.lower(),
                "before": before,
                "after": after,
                "residents": residents,
            },
            "geometry": json.loads(shape),
        }
        for code, status, before, after, residents, shape in told
    ]
    return {"type": "FeatureCollection", "features": features, "left_off": len(changed) - len(rows)}


def committed_view(done: Committed) -> dict[str, Any]:
    """What edits made for real have changed."""
    return {name: value for name, value in asdict(done).items() if name != "ids"}


def edit_view(row: dict[str, Any]) -> dict[str, Any]:
    """An edit made for real."""
    scenario = row["scenario_id"]
    told = {name: row[name] for name in ("id", "edit", "area", "actor", "changed")}
    return {**told, "scenario": None if scenario is None else str(scenario), "at": row["at"].isoformat()}
