"""The language of a page and its catalogue: Chinese first, English complete."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from api.static import WEB

LANGUAGES = ("zh-CN", "en")
COOKIE = "wangge_lang"
YEAR_S = 365 * 24 * 3600


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> dict[str, str]:
    """All texts of the pages in `language`: key -> text."""
    path = WEB / "lang" / f"{language}.json"
    texts: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return texts


def speaks_english(request: Request) -> bool:
    """Whether the client prefers English; Chinese when it does not say, or says it equally."""
    best: dict[str, float] = {}
    for part in request.headers.get("accept-language", "")[:200].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        best.setdefault(tag.split("-")[0].lower(), weight)
    return best.get("en", 0.0) > best.get("zh", 0.0)


def language_of(request: Request) -> str:
    """`?lang=` when it is known, else the cookie, else English for a browser that prefers it, else Chinese."""
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return asked
        if asked == "zh":
            return LANGUAGES[0]
    return LANGUAGES[1] if speaks_english(request) else LANGUAGES[0]


def asks_english(request: Request) -> bool:
    """True when a file is to be in English: by the language chosen on the pages, else as `speaks_english`."""
    return language_of(request) == LANGUAGES[1]


def translator(language: str) -> Callable[[str], str]:
    """A function from key to text; an unknown key raises KeyError, so that a test sees it."""
    texts = catalogue(language)
    return lambda key: texts[key]


def remember_language(request: Request, response: Response, language: str) -> None:
    """Keep the language somebody chose with `?lang=` in a cookie for a year."""
    if "lang" in request.query_params:
        response.set_cookie(COOKIE, language, max_age=YEAR_S, samesite="lax", path="/")
