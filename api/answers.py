"""Ready-made texts as answers: JSON and GeoJSON, with an ETag where asking again is cheap."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from fastapi import Request
from starlette.responses import Response

JSON = "application/json"
GEOJSON = "application/geo+json"


def text_answer(
    content: str | bytes, media_type: str = JSON, *, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that is always asked for anew."""
    return Response(
        content, media_type=media_type, headers={"Cache-Control": "private, no-cache", **(headers or {})}
    )


def has_already(request: Request, tag: str) -> bool:
    """Whether If-None-Match names `tag`: alone, in a list or by `*`, compared weakly (RFC 9110, 13.1.2)."""
    lists = ",".join(request.headers.getlist("if-none-match"))
    given = {part.strip().removeprefix("W/") for part in lists.split(",")}
    return "*" in given or tag.removeprefix("W/") in given


def tagged_answer(
    request: Request, content: str | bytes, media_type: str = JSON, *, same: str | None = None
) -> Response:
    """An answer with an ETag of its bytes, or a weak one of `same`; 304 when the client has it already."""
    body = content.encode() if isinstance(content, str) else content
    digest = hashlib.sha256(body if same is None else same.encode()).hexdigest()[:32]
    tag = f'"{digest}"' if same is None else f'W/"{digest}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Language"}
    if has_already(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
