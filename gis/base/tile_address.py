"""Addresses of an operator's raster tiles: checked once, so that they may be written into pages and policies."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Neither quotes, blanks, commas nor semicolons: the origin goes into a Content-Security-Policy.
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,251}[A-Za-z0-9])?(?::[0-9]{1,5})?"
_ADDRESS = re.compile(rf"(?:https?://{_HOST})?/(?!/)[A-Za-z0-9._~/?&=%:@!$+{{}}\-]*")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
PLACEHOLDERS = ("{z}", "{x}", "{y}")


def read_tile_url(text: str) -> str:
    """`text` as it is, when it is `https://host/…` or `/path…` with {z}, {x} and {y}; else ValueError.

    Tiles are 256 pixels in the Web Mercator grid (EPSG:3857), north up, on WGS-84 or CGCS2000.
    """
    if not _ADDRESS.fullmatch(text):
        raise ValueError(
            "底图瓦片地址应为 https://主机/路径 或 /路径，不含引号、空格、逗号、分号 / "
            "tiles are at https://host/path or /path, without quotes, blanks, commas or semicolons"
        )
    found = _PLACEHOLDER.findall(text)
    missing = [name for name in PLACEHOLDERS if name not in found]
    if missing:
        raise ValueError(
            f"底图瓦片地址缺少 {' '.join(missing)}，例如 https://tiles.example/{{z}}/{{x}}/{{y}}.png / "
            f"the tile address lacks {' '.join(missing)}; for example https://tiles.example/{{z}}/{{x}}/{{y}}.png"
        )
    other = sorted(set(found) - set(PLACEHOLDERS))
    if other or re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise ValueError(
            f"底图瓦片地址只能有 {{z}} {{x}} {{y}}，请去掉 {' '.join(other) or '多余的括号'}（子域请写定一个） / "
            f"only {{z}} {{x}} {{y}} are filled in, remove {' '.join(other) or 'stray braces'}; name one subdomain"
        )
    return text


def tile_origin(url: str) -> str | None:
    """Scheme, host and port of `url`; None for a path on our own host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None
