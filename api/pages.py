"""The pages: the maps, the reporter's, and those of accounts. Strict content security, every asset ours."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, Response

from api.deps import EngineDep, refuse_unknown_parameters
from api.offline_shell import shell_version
from api.rendering import POLICY, templates
from api.text import language_of, remember_language, translator
from api.viewer import viewer_of
from gis.accounts.administration import list_roles
from gis.accounts.demo import POSTS, Post
from gis.accounts.model import RoleRow
from gis.accounts.passwords import RULES
from gis.areas.map_store import MapExtent, map_extent
from gis.base.tile_address import tile_origin
from gis.db.engine import unit_of_work
from gis.events.map_store import open_by_grid
from gis.settings import Environment, Settings
from layers.base_map import Ground, MapView, TileLayer, base_map
from layers.classes import class_breaks
from layers.offline import render_parts


async def _page_parameters(
    lang: Annotated[str | None, Query(description="zh-CN, en", max_length=20)] = None,
) -> None:
    """What a page may be asked; anything else is refused like under /api/v1."""


async def _next_parameter(
    after: Annotated[str | None, Query(alias="next", description="where to go then", max_length=2000)] = None,
) -> None:
    """Where the script of the page leads afterwards; it refuses other hosts."""


async def _scenario_parameter(
    scenario: Annotated[str | None, Query(description="the plan to open", max_length=40)] = None,
) -> None:
    """The plan that the script of the page opens."""


router = APIRouter(
    include_in_schema=False, dependencies=[Depends(refuse_unknown_parameters), Depends(_page_parameters)]
)

NOWHERE = MapExtent("", "", (73.5, 18.0, 135.0, 53.5), is_sample=False)


def _tiles(*names: str) -> list[TileLayer]:
    return [TileLayer(name, f"/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt") for name in names]


def _page(
    request: Request,
    template: str,
    *,
    nonce: str | None = None,
    ground: Ground | None = None,
    late: bool = False,
    **facts: Any,
) -> HTMLResponse:
    """The page; a `late` one is the same for everybody, its script finds out who is logged in."""
    language = language_of(request)
    viewer = None if late else viewer_of(request, language)
    facts |= {"t": translator(language), "lang": language, "path": request.url.path}
    facts |= {"nonce": nonce, "ground": ground, "late": late, "viewer": viewer}
    html = templates().get_template(template).render(**facts)
    response = HTMLResponse(html)
    grant = f" 'nonce-{nonce}'" if nonce else ""
    origin = tile_origin(ground.url) if ground else None
    tiles = f" {origin}" if origin else ""
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=grant, tiles=tiles)
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Permissions-Policy"] = "geolocation=(self), camera=(self), microphone=()"
    response.headers["Cache-Control"] = (
        "private, no-cache" if nonce is None and viewer is None else "no-store"
    )
    remember_language(request, response, language)
    return response


def _extent(session: Session, request: Request) -> MapExtent:
    found = map_extent(session) or NOWHERE
    marked = found.is_sample or request.app.state.settings.sample_watermark
    extent = MapExtent(found.code, found.name, found.bbox, is_sample=marked)
    request.app.state.last_extent = extent
    return extent


def _extent_or_last(request: Request, engine: Engine) -> MapExtent | None:
    """The extent; while the database is away the one seen last, None when there is none."""
    try:
        with unit_of_work(engine) as session:
            return _extent(session, request)
    except (DBAPIError, PoolTimeout):
        last: MapExtent | None = request.app.state.last_extent
        return last


def _ground(request: Request, extent: MapExtent) -> Ground | None:
    """The operator's tiles; none under sample data, which lie on invented ground."""
    settings = request.app.state.settings
    if settings.tile_url is None or extent.is_sample:
        return None
    return Ground(settings.tile_url, settings.tile_attribution)


def _config(extent: MapExtent, language: str, **more: Any) -> dict[str, Any]:
    return {
        "area": asdict(extent),
        "lang": language,
        "as_of": datetime.now(UTC).isoformat(timespec="seconds"),
        **more,
    }


@router.get("/", response_class=HTMLResponse)
def landing(request: Request, engine: EngineDep) -> Response:
    """Three doors: the supervisor's map, the planner's circles, the reporter's phone."""
    with unit_of_work(engine) as session:
        extent = _extent(session, request)
    return _page(request, "index.html", area=extent)


@router.get("/map", response_class=HTMLResponse)
def map_page(request: Request, engine: EngineDep) -> Response:
    """The supervisor's map: grids shaded by open events, events, stations."""
    with unit_of_work(engine) as session:
        extent = _extent(session, request)
        breaks = class_breaks(open_by_grid(session))
    config = _config(extent, language_of(request), breaks=breaks)
    ground = _ground(request, extent)
    made = base_map(MapView(extent.bbox), _tiles("base", "grids", "bounds"), config, ground=ground)
    parts = render_parts(made, ground.url if ground else None)
    return _page(request, "map.html", nonce=_nonce(), ground=ground, area=extent, parts=parts)


@router.get("/inbox", response_class=HTMLResponse)
def inbox_page(request: Request) -> Response:
    """What waits for whoever looks, box by box, what is due first first."""
    return _page(request, "inbox.html")


@router.get("/events/{event_id}", response_class=HTMLResponse)
def event_page(request: Request, engine: EngineDep, event_id: str) -> Response:
    """One event and what may be done with it; the API decides whether it exists for whoever looks."""
    with unit_of_work(engine) as session:
        extent = _extent(session, request)
    ground = _ground(request, extent)
    return _page(request, "event.html", ground=ground, area=extent, event=event_id[:40])


@router.get("/whistles", response_class=HTMLResponse)
def whistles_page(request: Request, engine: EngineDep) -> Response:
    """Whistles that wait for whoever looks, and scores of departments."""
    with unit_of_work(engine) as session:
        extent = _extent(session, request)
    return _page(request, "whistles.html", ground=_ground(request, extent), area=extent)


@router.get("/whistles/{whistle_id}", response_class=HTMLResponse)
def whistle_page(request: Request, engine: EngineDep, whistle_id: str) -> Response:
    """One whistle and what may be done with it; the API decides whether it exists for whoever looks."""
    with unit_of_work(engine) as session:
        extent = _extent(session, request)
    ground = _ground(request, extent)
    return _page(request, "whistle.html", ground=ground, area=extent, whistle=whistle_id[:40])


@router.get("/unplaced", response_class=HTMLResponse)
def unplaced_page(request: Request, engine: EngineDep) -> Response:
    """Open events that no grid owns, to be placed by hand."""
    with unit_of_work(engine) as session:
        extent = _extent(session, request)
    return _page(request, "unplaced.html", ground=_ground(request, extent), area=extent)


@router.get("/planner", response_class=HTMLResponse, dependencies=[Depends(_scenario_parameter)])
def planner_page(request: Request, engine: EngineDep) -> Response:
    """The planner's map: who is within a walk of a station, and who is not."""
    with unit_of_work(engine) as session:
        extent = _extent(session, request)
    config = _config(extent, language_of(request))
    ground, hidden = _ground(request, extent), _tiles("coverage")
    made = base_map(MapView(extent.bbox), _tiles("base", "bounds"), config, hidden, ground)
    parts = render_parts(made, ground.url if ground else None)
    return _page(request, "planner.html", nonce=_nonce(), ground=ground, area=extent, parts=parts)


@router.get("/report", response_class=HTMLResponse)
def report_page(request: Request, engine: EngineDep) -> Response:
    """The reporter's page: static, external scripts only, so that it may be kept on a phone.

    It opens without the database as well: whoever has reports waiting on the phone must reach them.
    """
    extent = _extent_or_last(request, engine)
    # Without an extent nobody knows whether the ground is invented, so there are no real tiles either.
    ground = None if extent is None else _ground(request, extent)
    shell = shell_version() if extent else ""  # a phone keeps no page that does not know its area
    return _page(request, "report.html", ground=ground, late=True, area=extent or NOWHERE, shell=shell)


@router.get("/track", response_class=HTMLResponse)
@router.get("/track/{code}", response_class=HTMLResponse)
async def track_page(request: Request, code: str = "") -> Response:
    """What became of a report; the code is read by the page's script, the API decides whether it exists."""
    return _page(request, "track.html", late=True, code=code[:64])


@router.get("/login", response_class=HTMLResponse, dependencies=[Depends(_next_parameter)])
def login_page(request: Request, engine: EngineDep) -> Response:
    """Username, password, and the code of two-step verification when the account asks for it."""
    settings = request.app.state.settings
    return _page(request, "login.html", demo=_demo_posts(settings, engine), oidc=bool(settings.oidc_issuer))


def _demo_posts(settings: Settings, engine: Engine) -> list[tuple[Post, RoleRow]]:
    """The demo accounts of the sample and their roles, while `make demo` serves it; never a password."""
    if settings.environment is Environment.PRODUCTION or not settings.sample_watermark:
        return []
    with unit_of_work(engine) as session:
        found = map_extent(session)
    if found is None or not found.is_sample:
        return []
    roles = {role.code: role for role in list_roles(engine)}
    return [(post, roles[post.role]) for post in POSTS if post.role in roles]


@router.get("/account", response_class=HTMLResponse, dependencies=[Depends(_next_parameter)])
def account_page(request: Request) -> Response:
    """Who am I, my password, second step, sessions and access tokens."""
    rules = RULES[request.app.state.settings.password_profile]
    return _page(request, "account.html", rules=rules)


@router.get("/users", response_class=HTMLResponse)
def users_page(request: Request) -> Response:
    """Accounts and their roles, within one's own subtree."""
    return _page(request, "users.html")


@router.get("/rules", response_class=HTMLResponse)
def rules_page(request: Request, engine: EngineDep) -> Response:
    """Categories, filing standards, rules of dispatch, calendars, workflows, sensors."""
    with unit_of_work(engine) as session:
        extent = _extent(session, request)
    return _page(request, "rules.html", ground=_ground(request, extent), area=extent)


@router.get("/kpi", response_class=HTMLResponse)
def kpi_page(request: Request) -> Response:
    """Indicators of an area and a period, with what each is made of."""
    return _page(request, "kpi.html")


@router.get("/campaigns", response_class=HTMLResponse)
def campaigns_page(request: Request) -> Response:
    """Rounds of visits: targets, doors, problems, what was solved."""
    return _page(request, "campaigns.html")


@router.get("/audit", response_class=HTMLResponse)
def audit_page(request: Request) -> Response:
    """Who did or saw what."""
    return _page(request, "audit.html")


@router.get("/statistics", response_class=HTMLResponse)
def statistics_page(request: Request) -> Response:
    """What everybody may know: counts by area and month, small ones withheld."""
    return _page(request, "statistics.html")


def _nonce() -> str:
    return secrets.token_urlsafe(18)
