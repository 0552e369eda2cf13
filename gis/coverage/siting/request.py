"""What is asked: how many stations by which model, where they may stand, and where not; checked once, kept as JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from gis.base.errors import Invalid
from gis.coverage.model import Question, ask
from gis.coverage.siting.model import Model
from gis.walking.model import Objects

MOST_CANDIDATES = 20_000
MOST_STATIONS = 1_000
SPACING_M = (20.0, 2_000.0)
_KINDS = ("streets", "points", "parcels")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where stations may stand: every `spacing_m` along streets, at `points` (lon, lat), or in `parcels`.

    Parcels are polygons in lon/lat with their land-use codes; with `land_use` only those count.
    """

    kind: str
    spacing_m: float = 100.0
    points: tuple[tuple[float, float], ...] = ()
    parcels: Objects | None = None
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SitingRequest:
    """A checked request. `share`: permille of set cover or of each community; `theta`: permille of backup."""

    question: Question
    model: Model
    stations: int
    wanted: Wanted
    exclude: shapely.Geometry | None = None
    share: int = 1000
    capacity: int = 0
    theta: int = 0


def read_request(given: Mapping[str, Any]) -> SitingRequest:
    """The request in the JSON of `POST /api/v1/siting`. Raises `Invalid`, naming the field."""
    question = ask(
        list(given.get("types") or []),
        minutes=given.get("minutes"),
        metres=given.get("metres"),
        profile=given.get("profile") or "standard",
        area=given.get("area"),
    )
    try:
        model = Model(str(given.get("model") or "coverage"))
    except ValueError:
        raise refused(
            "model", "未知的选址模型", "there is no such model", known=[m.value for m in Model]
        ) from None
    stations = 0 if model is Model.SET_COVER else _whole(given, "stations", 1, MOST_STATIONS)
    share = 1000
    if model is Model.SET_COVER:
        share = _permille(given, "target", 1.0)
    elif model is Model.MIN_COVERAGE:
        share = _permille(given, "min_coverage", None)
    return SitingRequest(
        question,
        model,
        stations,
        _wanted(given.get("candidates") or {"kind": "streets"}, given.get("land_use") or ()),
        _excluded(given.get("exclude")),
        share,
        _whole(given, "capacity", 1, 10_000_000) if model is Model.CAPACITY else 0,
        _permille(given, "theta", 0.3) if model is Model.BACKUP else 0,
    )


def refused(field: str, zh: str, en: str, **facts: Any) -> Invalid:
    """`siting_<field>`."""
    return Invalid(f"siting_{field}", zh, en, field=field, **facts)


def _whole(given: Mapping[str, Any], name: str, least: int, most: int) -> int:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise refused(
            name,
            f"{name} 应为 {least} 至 {most} 的整数",
            f"{name} must be a whole number from {least} to {most}",
        )
    return value


def _permille(given: Mapping[str, Any], name: str, default: float | None) -> int:
    value = given.get(name)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise refused(name, f"{name} 应在 0 与 1 之间", f"{name} must be between 0 and 1")
    return round(value * 1000)


def _wanted(given: Mapping[str, Any], land_use: Sequence[str]) -> Wanted:
    kind = given.get("kind")
    if kind not in _KINDS:
        raise refused(
            "candidates",
            "候选点种类应为 streets、points 或 parcels",
            "candidates are streets, points or parcels",
        )
    if kind == "points":
        return Wanted("points", points=_points(given.get("points")))
    if kind == "parcels":
        shapes, uses = _parcels(given.get("features"))
        keep = [i for i, use in enumerate(uses) if not land_use or use in land_use]
        if not keep:
            raise refused("candidates", "没有符合用地代码的地块", "no parcel has one of these land-use codes")
        return Wanted("parcels", parcels=shapes[keep], uses=tuple(uses[i] for i in keep))
    spacing = given.get("spacing_m", 100.0)
    if (
        isinstance(spacing, bool)
        or not isinstance(spacing, (int, float))
        or not SPACING_M[0] <= spacing <= SPACING_M[1]
    ):
        raise refused("spacing_m", "候选点间距应为 20 至 2000 米", "the spacing is from 20 to 2,000 m")
    return Wanted("streets", spacing_m=float(spacing))


def _points(given: Any) -> tuple[tuple[float, float], ...]:
    points = []
    for pair in given if isinstance(given, Sequence) and not isinstance(given, str) else ():
        try:
            lon, lat = (float(x) for x in pair)
        except (TypeError, ValueError):
            lon = lat = math.nan
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise refused("candidates", "候选点应为 [经度, 纬度]", "a point is [longitude, latitude]")
        points.append((lon, lat))
    if not 1 <= len(points) <= MOST_CANDIDATES:
        raise (
            _too_many(len(points))
            if points
            else refused("candidates", "没有候选点", "there are no candidates")
        )
    return tuple(points)


def _too_many(count: int) -> Invalid:
    return refused(
        "candidates",
        f"有 {count:,} 个，超过 {MOST_CANDIDATES:,} 个：请分批或缩小区域",
        f"{count:,} are more than {MOST_CANDIDATES:,}: take a part of them",
        count=count,
        fits=MOST_CANDIDATES,
    )


def _parcels(given: Any) -> tuple[Objects, list[str]]:
    """Polygons and land-use codes (property `land_use`) of a FeatureCollection or a list of features."""
    features = _features(given.get("features") if isinstance(given, Mapping) else given, "candidates")
    if not 1 <= len(features) <= MOST_CANDIDATES:
        raise (
            _too_many(len(features))
            if features
            else refused("candidates", "没有地块", "there are no parcels")
        )
    uses = []
    for feature in features:
        about = feature.get("properties") or {}
        if not isinstance(about, Mapping):
            raise refused("candidates", "地块的 properties 应为对象", "properties of a parcel are an object")
        uses.append(str(about.get("land_use") or ""))
    shapes = np.empty(len(features), dtype=object)
    shapes[:] = [_polygon(feature.get("geometry"), "candidates") for feature in features]
    return shapes, uses


def _features(given: Any, field: str) -> list[Mapping[str, Any]]:
    """The features of a collection, every one an object. Raises `Invalid` naming the field."""
    if given is None:
        return []
    if not isinstance(given, list | tuple) or not all(isinstance(one, Mapping) for one in given):
        raise refused(field, "features 应为 GeoJSON 要素的列表", "features are a list of GeoJSON features")
    return list(given)


def _polygon(given: Any, field: str) -> shapely.Geometry:
    try:
        made = shape(given)
    except Exception:  # noqa: BLE001 - whatever is wrong with the shape is the asker's
        made = None
    if (
        made is None
        or made.is_empty
        or made.geom_type not in {"Polygon", "MultiPolygon"}
        or not made.is_valid
    ):
        raise refused(field, "需要有效的面（经纬度）", "valid polygons in lon/lat are wanted")
    return made


def _excluded(given: Any) -> shapely.Geometry | None:
    """The union of the polygons in a geometry, a feature or a collection; None for nothing."""
    if not given:
        return None
    if isinstance(given, Mapping) and given.get("type") == "FeatureCollection":
        parts = [
            _polygon(feature.get("geometry"), "exclude")
            for feature in _features(given.get("features"), "exclude")
        ]
        return shapely.union_all(parts) if parts else None
    if isinstance(given, Mapping) and given.get("type") == "Feature":
        given = given.get("geometry")
    return _polygon(given, "exclude")
