"""The map of the report as SVG: homes by verdict in colour, hatching and mark, stations, circles, scale, north."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from markupsafe import Markup

Objects = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]
WIDTH, HEIGHT, MARGIN = 720.0, 640.0, 12.0
MOST_SHAPES, MOST_STREETS, CELLS = 5000, 12_000, 90
COVERED, BORDERLINE, UNCOVERED = 0, 1, 2
CLASSES = ("covered", "borderline", "uncovered")
_BARS = (50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
_BAR_SHARE = 0.22


@dataclass(frozen=True, slots=True)
class Ground:
    """What is drawn, in metres: homes with their verdict, stations, circles together, streets, water, the area."""

    homes: Objects
    verdict: Ints
    stations: Objects
    circles: shapely.Geometry | None
    streets: Objects
    water: Objects
    area: shapely.Geometry | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """The SVG, and whether homes were gathered into squares because they are too many."""

    svg: Markup
    gathered: bool


class _Paper:
    """From metres to the sheet: x to the right, y down, the middle of the ground in the middle."""

    def __init__(self, bounds: tuple[float, float, float, float]) -> None:
        west, south, east, north = bounds
        wide, high = max(east - west, 50.0), max(north - south, 50.0)
        self.scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
        self.x0, self.y0 = (west + east) / 2, (south + north) / 2
        half_w, half_h = WIDTH / 2 / self.scale, HEIGHT / 2 / self.scale
        self.sheet = shapely.box(self.x0 - half_w, self.y0 - half_h, self.x0 + half_w, self.y0 + half_h)

    def move(self, xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(
            [WIDTH / 2 + (xy[:, 0] - self.x0) * self.scale, HEIGHT / 2 - (xy[:, 1] - self.y0) * self.scale]
        )

    def path(self, shapes: Objects, closed: bool) -> str:
        """The `d` of a path through all parts of the shapes that meet the sheet, a tenth of a pixel apart at least."""
        kept = shapes[shapely.intersects(shapes, self.sheet)] if len(shapes) else shapes
        lines = shapely.boundary(kept) if closed else kept
        lines = shapely.simplify(shapely.get_parts(lines), 0.3 / self.scale)
        end = "Z" if closed else ""
        return "".join(
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in self.move(shapely.get_coordinates(line))) + end
            for line in lines
            if not shapely.is_empty(line)
        )


def draw(ground: Ground) -> Drawn:
    """The map. Geometries are plane, metres; nothing of it is text from the data."""
    paper = _Paper(_bounds(ground))
    gathered = len(ground.homes) > MOST_SHAPES
    parts = [
        _path(paper, ground.water, "water", closed=True),
        _path(paper, ground.streets[:MOST_STREETS], "street", closed=False),
        _area(paper, ground.area),
        _cells(paper, ground) if gathered else _homes(paper, ground),
        _area(paper, ground.circles, "circle"),
        _stations(paper, ground.stations),
        _scale_bar(paper),
        _NORTH,
    ]
    size = f'viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}" height="{HEIGHT:g}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{_DEFS}{"".join(parts)}{_FRAME}</svg>'
    return Drawn(Markup(svg), gathered)  # noqa: S704 - numbers and our own words only


def _bounds(ground: Ground) -> tuple[float, float, float, float]:
    shown = [ground.area] if ground.area is not None else [*ground.homes, *ground.stations]
    found = shapely.total_bounds(np.array(shown, dtype=object)) if shown else np.full(4, np.nan)
    if not np.isfinite(found).all():
        return 0.0, 0.0, 1.0, 1.0
    west, south, east, north = (float(value) for value in found)
    return west, south, east, north


def _path(paper: _Paper, shapes: Objects, kind: str, *, closed: bool) -> str:
    found = paper.path(shapes, closed) if len(shapes) else ""
    return f'<path {_STYLES[kind]} d="{found}"/>' if found else ""


def _area(paper: _Paper, shape: shapely.Geometry | None, kind: str = "area") -> str:
    if shape is None or shapely.is_empty(shape):
        return ""
    return _path(paper, np.array([shape], dtype=object), kind, closed=True)


def _homes(paper: _Paper, ground: Ground) -> str:
    """Footprints by verdict, and a mark in each that is not plainly covered: it reads without colour."""
    parts = []
    for verdict, name in enumerate(CLASSES):
        mine = ground.homes[ground.verdict == verdict]
        areas = mine[shapely.get_dimensions(mine) == 2]
        parts.append(_path(paper, areas, name, closed=True))
        if verdict != COVERED and len(mine):
            spots = paper.move(shapely.get_coordinates(shapely.centroid(mine)))
            parts.append("".join(_mark(verdict, x, y) for x, y in spots))
    return "".join(parts)


def _mark(verdict: int, x: float, y: float) -> str:
    if verdict == BORDERLINE:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.2" fill="#fff" stroke="#7a5200" stroke-width="1"/>'
    return (
        f'<path d="M{x - 2:.1f} {y - 2:.1f}l4 4m0 -4l-4 4" stroke="#8a1220" stroke-width="1.1" fill="none"/>'
    )


def _cells(paper: _Paper, ground: Ground) -> str:
    """Squares by the share of homes covered in each: at least 9 in 10, at least half, less."""
    spots = paper.move(shapely.get_coordinates(shapely.centroid(ground.homes)))
    size = WIDTH / CELLS
    column, row = np.floor(spots[:, 0] / size).astype(int), np.floor(spots[:, 1] / size).astype(int)
    key, index = np.unique(np.column_stack([column, row]), axis=0, return_inverse=True)
    share = np.bincount(index.ravel(), weights=ground.verdict != UNCOVERED) / np.bincount(index.ravel())
    verdict = np.where(share >= 0.9, COVERED, np.where(share >= 0.5, BORDERLINE, UNCOVERED))
    return "".join(
        f'<rect {_STYLES[CLASSES[kind]]} x="{x * size:.1f}" y="{y * size:.1f}" width="{size - 0.6:.1f}"'
        f' height="{size - 0.6:.1f}"/>'
        for (x, y), kind in zip(key.tolist(), verdict.tolist(), strict=True)
        if -1 <= x <= CELLS and -1 <= y * size <= HEIGHT
    )


def _stations(paper: _Paper, stations: Objects) -> str:
    if not len(stations):
        return ""
    spots = paper.move(shapely.get_coordinates(shapely.centroid(stations)))
    return "".join(
        f'<path {_STYLES["station"]} d="M{x:.1f} {y - 7:.1f}l6 11h-12z"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.6" fill="#fff"/>'
        for x, y in spots
    )


def _scale_bar(paper: _Paper) -> str:
    metres = max((m for m in _BARS if m * paper.scale <= WIDTH * _BAR_SHARE), default=_BARS[0])
    long = metres * paper.scale
    words = f"{metres} 米" if metres < 1000 else f"{metres // 1000} 公里"
    x, y = 16.0, HEIGHT - 18
    return (
        f'<rect x="{x - 8}" y="{y - 20}" width="{long + 16:.1f}" height="32" fill="#fff" fill-opacity="0.85"/>'
        f'<path d="M{x} {y - 4}v4h{long:.1f}v-4" fill="none" stroke="#222" stroke-width="1.6"/>'
        f'<text x="{x + long / 2:.1f}" y="{y - 7}" text-anchor="middle" font-size="11" fill="#222">{words}</text>'
    )


def key_sign(name: str) -> Markup:
    """One sign of the legend, as it is on the map."""
    inside = {
        "station": f'<path {_STATION} d="M13 2l6 11h-12z"/><circle cx="13" cy="9" r="1.6" fill="#fff"/>',
        "circle": f'<path {_CIRCLE} d="M2 8h22"/>',
        "area": f'<path {_AREA} d="M2 8h22"/>',
    }.get(name) or f'<rect {_STYLES[name]} x="2" y="2" width="22" height="12"/>'
    if name == "borderline":
        inside += _mark(BORDERLINE, 13, 8)
    if name == "uncovered":
        inside += _mark(UNCOVERED, 13, 8)
    patterns = _DEFS if "url(" in inside else ""
    for sign in ("hatch", "dots"):  # each picture's own, as an id stands once in a page
        patterns, inside = (part.replace(sign, f"{sign}-{name}") for part in (patterns, inside))
    return Markup(  # noqa: S704 - our own words only
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 16" width="26" height="16">{patterns}{inside}</svg>'
    )


_STATION = 'fill="#1b2a6b" stroke="#fff" stroke-width="1.2"'
_CIRCLE = 'fill="none" stroke="#1b2a6b" stroke-width="1.3" stroke-dasharray="6 3"'
_AREA = 'fill="none" stroke="#333" stroke-width="1.6" stroke-dasharray="1 3" stroke-linecap="round"'
_STYLES = {
    "water": 'fill="#cfe4f2" stroke="none"',
    "street": 'fill="none" stroke="#c9c9c9" stroke-width="0.7"',
    "area": _AREA,
    "circle": _CIRCLE,
    "station": _STATION,
    "covered": 'fill="#2a9d8f" stroke="#1b6b61" stroke-width="0.4"',
    "borderline": 'fill="url(#dots)" stroke="#7a5200" stroke-width="0.6"',
    "uncovered": 'fill="url(#hatch)" stroke="#8a1220" stroke-width="0.6"',
}
_DEFS = (
    '<defs><pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<rect width="4" height="4" fill="#f6c7cc"/><path d="M0 4L4 0" stroke="#c1121f" stroke-width="1"/></pattern>'
    '<pattern id="dots" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<rect width="4" height="4" fill="#ffe3a3"/><circle cx="2" cy="2" r="0.9" fill="#b97a00"/></pattern></defs>'
)
_NORTH = (
    f'<g transform="translate({WIDTH - 26:g} 34)"><circle r="20" fill="#fff" fill-opacity="0.85"/>'
    '<path d="M0 -14L5 6L0 2L-5 6z" fill="#222"/>'
    '<text y="17" text-anchor="middle" font-size="10" fill="#222">北</text></g>'
)
_FRAME = f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="none" stroke="#555" stroke-width="1"/>'
