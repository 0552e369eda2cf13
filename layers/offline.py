"""folium without any other host: local assets, a page cut in parts, a guard that sees every leak.

folium links 70 assets on public networks and knows no CSP nonce. So nothing of its header is used: a page
template links our own copies, and only the map's element and script are taken from folium.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import folium
from branca.element import Element, Figure
from folium.elements import JSCSSMixin

VENDOR = "/static/vendor"

# folium's name of an asset -> our copy. Names that are missing here are dropped from the page: bootstrap,
# awesome markers and jquery serve only popups and icons, which our own JavaScript builds.
LOCAL_JS = {
    "leaflet": f"{VENDOR}/leaflet/leaflet.js",
    "vectorGrid": f"{VENDOR}/leaflet.vectorgrid/Leaflet.VectorGrid.bundled.min.js",
    "markerclusterjs": f"{VENDOR}/leaflet.markercluster/leaflet.markercluster.js",
}
LOCAL_CSS = {
    "leaflet_css": f"{VENDOR}/leaflet/leaflet.css",
    "markerclustercss": f"{VENDOR}/leaflet.markercluster/MarkerCluster.css",
}

_ADDRESS = re.compile(
    r"""(?:\b(?:src|href|action|poster|data)\s*=\s*["']?\s*|url\(\s*["']?\s*|@import\s+["']?|["'`])"""
    r"""((?:https?:)?//[^\s"'`)>]+)""",
    re.IGNORECASE,
)
_NAMES = re.compile(r"^(?:https?:)?//(?:www\.w3\.org/|127\.0\.0\.1\b|localhost\b)")


@dataclass(frozen=True, slots=True)
class PageParts:
    """What a page template needs of a folium map."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    body: str
    script: str


def external_addresses(html: str) -> list[str]:
    """Every address on another host in `html` (attributes, style sheets, string literals)."""
    return [found for found in _ADDRESS.findall(html) if not _NAMES.match(found)]


def assert_offline(html: str, allowed: str | None = None) -> None:
    """Raise ValueError when `html` would load anything from another host but the `allowed` address."""
    found = [address for address in external_addresses(html) if address != allowed]
    if found:
        raise ValueError(f"page asks other hosts: {', '.join(sorted(set(found)))}")


def _descend(element: Element) -> Iterator[Element]:
    yield element
    for child in element._children.values():
        yield from _descend(child)


def _links(figure_map: folium.Map) -> tuple[tuple[str, ...], tuple[str, ...]]:
    scripts: dict[str, None] = {}
    styles: dict[str, None] = {}
    for element in _descend(figure_map):
        if not isinstance(element, JSCSSMixin):
            continue
        for name, _ in element.default_js:
            if name in LOCAL_JS:
                scripts[LOCAL_JS[name]] = None
        for name, _ in element.default_css:
            if name in LOCAL_CSS:
                styles[LOCAL_CSS[name]] = None
    return tuple(scripts), tuple(styles)


def render_parts(figure_map: folium.Map, allowed: str | None = None) -> PageParts:
    """Render a map to its element and its script; links come from our own copies.

    Raises ValueError when the script could end its own element or names another host than the operator's
    `allowed` tiles: both mean that text of a user's reached folium, which escapes nothing.
    """
    figure = figure_map.get_root()
    if not isinstance(figure, Figure):  # pragma: no cover - folium.Map always has one
        raise TypeError("the map is not in a figure")
    scripts, styles = _links(figure_map)
    figure_map.render()  # type: ignore[no-untyped-call]
    body, script = figure.html.render(), figure.script.render()
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("a folium script must not contain markup")
    # An ampersand of the address is written as a JavaScript escape.
    assert_offline(body + script, None if allowed is None else allowed.replace("&", r"\u0026"))
    return PageParts(scripts, styles, body, script)
