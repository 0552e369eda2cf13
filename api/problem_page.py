"""A refusal as a page, for somebody who opened an address in a browser: in both languages, with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.rendering import POLICY, templates
from api.text import LANGUAGES, language_of, translator
from api.viewer import viewer_of

MACHINES = ("/api/", "/tiles/", "/static/", "/openapi.json", "/metrics", "/healthz", "/readyz")


def wants_page(request: Request) -> bool:
    """Whether a browser asks for a page: it takes HTML, and the address is not one of the API or the tiles."""
    if request.method not in {"GET", "HEAD"} or f"{request.url.path}/".startswith(MACHINES):
        return False
    kinds = (part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(","))
    return "text/html" in kinds


def problem_page(
    request: Request,
    body: Mapping[str, Any],
    texts: Mapping[str, tuple[str, str]],
    headers: Mapping[str, str],
) -> Response:
    """The problem document `body` as a page; `texts` are title and detail by language, the reader's first."""
    language = language_of(request)
    order = sorted(LANGUAGES, key=lambda one: one != language)
    html = (
        templates()
        .get_template("problem.html")
        .render(
            t=translator(language),
            lang=language,
            path=request.url.path,
            viewer=viewer_of(request, language),
            late=False,
            problem=body,
            parts=[(one, *texts[one], translator(one)) for one in order],
        )
    )
    sent = {**headers, "Content-Security-Policy": POLICY.format(nonce="", tiles=""), "Vary": "Accept"}
    sent["Content-Language"] = ", ".join(order)
    return HTMLResponse(html, body["status"], sent)
