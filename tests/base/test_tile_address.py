"""Addresses of tiles: three placeholders, nothing that could end a policy, a page or a script."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gis.base.tile_address import read_tile_url, tile_origin
from gis.settings import Settings

GOOD = [
    ("https://tiles.example/{z}/{x}/{y}.png", "https://tiles.example"),
    ("http://10.1.2.3:8080/wmts?TILEMATRIX={z}&TILECOL={x}&TILEROW={y}&tk=a1", "http://10.1.2.3:8080"),
    ("/basemap/{z}/{x}/{y}.png", None),
]
BAD = [
    ("https://tiles.example/{z}/{x}.png", "{y}"),
    ("/basemap/0/0/0.png", "{z} {x} {y}"),
    ("https://{s}.tiles.example/{z}/{x}/{y}.png", "https://"),
    ("https://tiles.example/{s}/{z}/{x}/{y}.png", "{s}"),
    ("https://tiles.example/{z}/{x}/{-y}.png", "{y}"),
    ("https://tiles.example/{z}/{x}/{y}{r}.png", "{r}"),
    ("https://tiles.example/{{z}/{x}/{y}.png", "{"),
    ("//tiles.example/{z}/{x}/{y}.png", "https://"),
    ("tiles/{z}/{x}/{y}.png", "https://"),
    ("javascript:alert(1)//{z}{x}{y}", "https://"),
    ("https://tiles.example; script-src */{z}/{x}/{y}.png", "https://"),
    ("https://tiles.example/{z}/{x}/{y}.png; script-src *", "https://"),
    ("https://*/{z}/{x}/{y}.png", "https://"),
    ("https://user:secret@tiles.example/{z}/{x}/{y}.png", "https://"),
    ("https://tiles.example/{z}/{x}/{y}.png'", "https://"),
    ('/a"/{z}/{x}/{y}.png', "https://"),
    ("/</script>/{z}/{x}/{y}.png", "https://"),
    ("/{z}/{x}/{y}.png\n", "https://"),
]


@pytest.mark.parametrize(("url", "origin"), GOOD)
def test_good_addresses_stay_as_they_are(url: str, origin: str | None) -> None:
    assert read_tile_url(url) == url
    assert tile_origin(url) == origin
    assert Settings(tile_url=url).tile_url == url


@pytest.mark.parametrize(("url", "said"), BAD)
def test_bad_addresses_say_why(url: str, said: str) -> None:
    with pytest.raises(ValueError, match="底图瓦片地址") as caught:
        read_tile_url(url)
    assert said in str(caught.value)


def test_the_environment_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_TILE_URL", "")
    assert Settings().tile_url is None
    monkeypatch.setenv("WANGGE_TILE_URL", "https://tiles.example/{z}.png")
    with pytest.raises(ValidationError, match=r"lacks \{x\} \{y\}"):
        Settings()
