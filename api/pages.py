"""The pages: the maps, the reporter's, and those of accounts. Strict content security, every asset ours."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
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
    """The area as the database has it, kept for when the database is away."""
    found = map_extent(session) or NOWHERE
    marked = found.is_sample or request.app.state.settings.sample_watermark
    extent = MapExtent(found.code, found.name, found.bbox, is_sample=marked)
    request.app.state.last_extent = extent
    return extent


def _area(request: Request, engine: Engine) -> MapExtent:
    with unit_of_work(engine) as session:
        return _extent(session, request)


def _area_or_last(request: Request, engine: Engine) -> MapExtent | None:
    """The area; while the database is away the one seen last, None when there is none."""
    try:
        return _area(request, engine)
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
    return _page(request, "index.html", area=_area(request, engine))


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


@router.get("/planner", response_class=HTMLResponse, dependencies=[Depends(_scenario_parameter)])
def planner_page(request: Request, engine: EngineDep) -> Response:
    """The planner's map: who is within a walk of a station, and who is not."""
    extent = _area(request, engine)
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
    extent = _area_or_last(request, engine)
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


@dataclass(frozen=True, slots=True)
class Desk:
    """A page of `desk.html` that its script, `<name>_page.js`, asks for and draws: what it loads and whether it has a map.

    The API decides whether the thing that a `{subject}` in the path names exists for whoever looks.
    """

    path: str
    name: str
    styles: tuple[str, ...] = ("office",)
    title: str = ""
    placed: bool = False


CASE = ("map", "office", "case")
DESKS = (
    # What waits for whoever looks, box by box, what is due first first.
    Desk("/inbox", "inbox", CASE),
    # One event and what may be done with it.
    Desk("/events/{subject}", "event", CASE, title="case", placed=True),
    # Whistles that wait for whoever looks, and scores of departments; one whistle and what may be done with it.
    Desk("/whistles", "whistles", ("map", "office", "kpi", "case"), placed=True),
    Desk("/whistles/{subject}", "whistle", CASE, title="whistles", placed=True),
    # Open events that no grid owns, to be placed by hand.
    Desk("/unplaced", "unplaced", CASE, placed=True),
    # Accounts and their roles, within one's own subtree.
    Desk("/users", "users"),
    # Categories, filing standards, rules of dispatch, calendars, workflows, sensors.
    Desk("/rules", "rules", ("map", "office", "rules"), placed=True),
    # Indicators of an area and a period, with what each is made of.
    Desk("/kpi", "kpi", ("office", "kpi")),
    # Rounds of visits: targets, doors, problems, what was solved.
    Desk("/campaigns", "campaigns", ("office", "kpi")),
    # Who did or saw what.
    Desk("/audit", "audit"),
    # What everybody may know: counts by area and month, small ones withheld.
    Desk("/statistics", "statistics"),
)


def _desk(desk: Desk) -> Callable[[Request, Engine], Response]:
    """The endpoint of a page, by the name its row of the policy has."""

    def show(request: Request, engine: EngineDep) -> Response:
        area = _area(request, engine) if desk.placed else None
        ground = None if area is None else _ground(request, area)
        subject = request.path_params.get("subject", "")[:40]
        return _page(request, f"{desk.name}.html", ground=ground, desk=desk, area=area, subject=subject)

    show.__name__ = f"{desk.name}_page"
    return show


for _one in DESKS:
    router.get(_one.path, response_class=HTMLResponse)(_desk(_one))


def _nonce() -> str:
    return secrets.token_urlsafe(18)
