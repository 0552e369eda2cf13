"""The map every folium page starts from: our own vector tiles on a neutral ground, nothing embedded.

No text of a user's passes through folium (it escapes nothing): layers carry tile addresses, styles and
popups live in our JavaScript, settings of the page travel as JSON.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
from branca.element import MacroElement
from folium.plugins import VectorGridProtobuf
from jinja2 import Template

from gis.base.tile_address import read_tile_url, tile_origin

MIN_ZOOM, MAX_ZOOM = 9, 19

_NAME = re.compile(r"[a-z][a-z_]{0,30}")
_PATH = re.compile(r"/tiles/[a-z_]{1,30}/\{z\}/\{x\}/\{y\}\.mvt")


@dataclass(frozen=True, slots=True)
class MapView:
    """Where a map opens: bbox (left, bottom, right, top) in degrees."""

    bbox: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class TileLayer:
    """One vector tile layer: `name` chooses its style in our JavaScript."""

    name: str
    url: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or not _PATH.fullmatch(self.url):
            raise ValueError(f"not a tile layer of ours: {self.name!r} {self.url!r}")


@dataclass(frozen=True, slots=True)
class Ground:
    """Raster tiles of the operator under everything of ours; `attribution` is plain text."""

    url: str
    attribution: str

    def __post_init__(self) -> None:
        read_tile_url(self.url)

    @property
    def markup(self) -> str:
        """The attribution as Leaflet wants it: markup, so escaped; the host when nothing is given."""
        return html.escape(self.attribution or tile_origin(self.url) or self.url.split("{")[0])


class _Start(MacroElement):
    """Hands the map, its layers and the page's settings to our JavaScript as `window.wangge`."""

    _template = Template("""
        {% macro script(this, kwargs) %}
        window.wangge = {
            map: {{ this._parent.get_name() }},
            layers: {
                {%- for name, variable in this.layers %}
                {{ name }}: {{ variable }},
                {%- endfor %}
            },
            config: {{ this.config }},
        };
        {% endmacro %}
        """)

    def __init__(self, layers: Sequence[tuple[str, str]], config: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Start"
        self.layers = layers
        self.config = config


def script_json(value: Mapping[str, Any]) -> str:
    """JSON that is safe inside a script element: no `<`, `>`, `&` or line separators of JavaScript."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def base_map(
    view: MapView,
    layers: Sequence[TileLayer],
    config: Mapping[str, Any],
    hidden: Sequence[TileLayer] = (),
    ground: Ground | None = None,
) -> folium.Map:
    """A folium map of vector tile `layers` (drawn in this order) opening on `view`.

    `hidden` layers are made but not shown: our JavaScript gives them their query first. `config` is what
    the page's JavaScript needs to know; it is written as JSON, never as markup. `ground` lies under it all.
    """
    left, bottom, right, top = view.bbox
    made = folium.Map(
        location=[(bottom + top) / 2, (left + right) / 2],
        zoom_start=13,
        tiles=None,
        control_scale=False,  # ours is metric only
        prefer_canvas=False,  # a canvas over the tiles would swallow their clicks
        zoom_control="topleft",
        min_zoom=MIN_ZOOM,
        max_zoom=MAX_ZOOM,
        zoom_snap=0.5,
    )
    made._id = "main"  # random ids would make every page differ
    made.options["min_zoom"], made.options["max_zoom"] = MIN_ZOOM, MAX_ZOOM
    names: list[tuple[str, str]] = []
    if ground is not None:
        names.append(("ground", _add_ground(made, ground)))
    for layer in (*layers, *hidden):
        options = f"wanggeTiles.options('{layer.name}')"
        grid = VectorGridProtobuf(layer.url, layer.name, options, show=layer not in hidden)
        grid._id = layer.name
        grid.add_to(made)
        names.append((layer.name, grid.get_name()))
    made.fit_bounds([[bottom, left], [top, right]], padding=(12, 12))
    _Start(names, script_json(config)).add_to(made)
    return made


def _add_ground(made: folium.Map, ground: Ground) -> str:
    tiles = folium.TileLayer(
        ground.url, attr=ground.markup, name="ground", max_zoom=MAX_ZOOM, max_native_zoom=18, z_index=0
    )
    tiles._id = "ground"
    tiles.add_to(made)
    return str(tiles.get_name())
