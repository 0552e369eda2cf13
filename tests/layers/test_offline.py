"""folium pages ask nobody else, carry no text of users, and come out the same twice."""

from __future__ import annotations

import folium
import pytest
from folium.plugins import MarkerCluster

from layers.base_map import Ground, MapView, TileLayer, base_map, script_json
from layers.offline import assert_offline, external_addresses, render_parts

VIEW = MapView((126.60, 45.75, 126.64, 45.77))
BASE = TileLayer("base", "/tiles/base/{z}/{x}/{y}.mvt")
HIDDEN = TileLayer("coverage", "/tiles/coverage/{z}/{x}/{y}.mvt")
ATTACK = "</script><script>window.__xss=1</script><!-- ${window.__xss=2} ` ' \" \u2028 &"


def test_plain_folium_leaks_and_the_guard_sees_it() -> None:
    """The control: the guard finds folium's own links."""
    html = folium.Map(tiles=None).get_root().render()
    assert len(external_addresses(html)) >= 10
    with pytest.raises(ValueError, match="cdn"):
        assert_offline(html)


def test_our_parts_do_not() -> None:
    parts = render_parts(base_map(VIEW, [BASE], {}))
    assert_offline(parts.body + parts.script + "".join(parts.scripts + parts.styles))
    assert all(link.startswith("/static/vendor/") for link in parts.scripts + parts.styles)
    assert parts.scripts[0].endswith("leaflet.js")
    assert any("vectorgrid" in link for link in parts.scripts)


def test_assets_of_plugins_are_ours() -> None:
    made = base_map(VIEW, [BASE], {})
    MarkerCluster().add_to(made)
    parts = render_parts(made)
    assert any("markercluster" in link for link in parts.scripts)
    assert any("MarkerCluster" in link for link in parts.styles)


def test_same_input_same_page() -> None:
    first, second = (render_parts(base_map(VIEW, [BASE], {"area": {"name": "江湾区"}})) for _ in range(2))
    assert first == second


def test_hidden_layers_are_made_but_not_added() -> None:
    script = render_parts(base_map(VIEW, [BASE], {}, hidden=[HIDDEN])).script
    assert "vector_grid_protobuf_base.addTo(map_main)" in script
    assert "L.vectorGrid.protobuf" in script
    assert "vector_grid_protobuf_coverage.addTo" not in script
    assert "coverage: vector_grid_protobuf_coverage" in script


def test_page_settings_cannot_end_the_script() -> None:
    script = render_parts(base_map(VIEW, [BASE], {"name": ATTACK})).script
    assert "</script" not in script
    assert "<!--" not in script
    assert "\u2028" not in script
    assert "\\u003c/script\\u003e" in script


def test_json_in_scripts_refuses_not_a_number() -> None:
    with pytest.raises(ValueError, match="JSON"):
        script_json({"x": float("nan")})


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("base", "https://tile.example/{z}/{x}/{y}.mvt"),
        ("base", "/tiles/base/{z}/{x}/{y}.mvt'+alert(1)+'"),
        ("base');alert(1)//", "/tiles/base/{z}/{x}/{y}.mvt"),
        ("Base", "/tiles/base/{z}/{x}/{y}.mvt"),
    ],
)
def test_only_our_tile_layers(name: str, url: str) -> None:
    with pytest.raises(ValueError, match="not a tile layer"):
        TileLayer(name, url)


def test_markup_from_folium_text_is_refused() -> None:
    """folium writes a tooltip into its script as it comes; such a map is never rendered."""
    made = base_map(VIEW, [BASE], {})
    folium.Marker([45.76, 126.62], tooltip="<!-- a -->").add_to(made)
    with pytest.raises(ValueError, match="markup"):
        render_parts(made)


GROUND = Ground("https://tiles.example/wmts?z={z}&x={x}&y={y}", "某院 <b>审图号</b>")


def test_the_operators_tiles_are_the_only_other_host() -> None:
    made = base_map(VIEW, [BASE], {}, ground=GROUND)
    with pytest.raises(ValueError, match=r"tiles\.example"):
        render_parts(made)
    with pytest.raises(ValueError, match=r"tiles\.example"):
        render_parts(made, "https://tiles.example/")
    script = render_parts(made, GROUND.url).script
    assert script.index("tile_layer_ground.addTo") < script.index("vector_grid_protobuf_base.addTo")
    assert "ground: tile_layer_ground" in script
    assert "<b>" not in script
    assert "&lt;b&gt;" in script.replace("\\u0026", "&")
    folium.TileLayer("https://other.example/{z}/{x}/{y}", attr="x").add_to(made)
    with pytest.raises(ValueError, match=r"other\.example"):
        render_parts(made, GROUND.url)


def test_ground_is_named_by_its_host_when_nobody_names_it() -> None:
    assert Ground("https://tiles.example/{z}/{x}/{y}.png", "").markup == "https://tiles.example"
    assert Ground("/base/{z}/{x}/{y}.png", "").markup == "/base/"
    with pytest.raises(ValueError, match="lacks"):
        Ground("https://tiles.example/", "")
