"""The app factory: settings in, an ASGI application out; nothing happens at import."""

from __future__ import annotations

import importlib
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from starlette.middleware import Middleware

from api import errors, openapi
from api.deps import refuse_unknown_parameters
from api.faultlog import safe_message
from api.forwarded import Forwarded, read_networks
from api.guard import guard, require_guarded
from api.metrics import Metrics
from api.middleware import BodyLimit, Faults, Heads, KnownHosts, Trace
from api.policy import POLICY, Policy
from api.problems import PROBLEM_RESPONSES
from api.rates import Rates
from api.routers import PLAIN, ROUTERS
from api.shedding import Shedding
from api.static import mount_static
from gis.db.api_role import api_url, require_safe
from gis.db.asking import Asking
from gis.db.connect import database_url
from gis.db.engine import POOL_SIZE, make_web_engine
from gis.settings import LOOPBACK, Environment, Settings

# The name test clients use; it has no dot, so nobody's DNS can point it at us.
TEST_HOST = "testserver"
# Two more than connections: a request that only waits for one must not keep the others out.
RUNNING = POOL_SIZE + 2
FILE_THREADS = 8
# A question takes milliseconds, and who waits for a connection holds no thread. Four keep two cores busy: with six or
# twelve no more reports were taken in (`make bench ONLY=intake`), and each keeps plans of its own in memory.
ASKING = 4
# Refused changes that an account, or an address of nobody, gets into the audit; more would be a way to fill it.
RECORDED_REFUSALS = "60/minute"
RECORDED_THROTTLES = "1 per 15 minutes"
log = logging.getLogger("wangge.api")


def create_app(
    settings: Settings | None = None,
    *,
    engine: Engine | None = None,
    policy: Mapping[str, Policy] = POLICY,
) -> FastAPI:
    """The application for `settings` (from the environment when absent).

    The lifespan makes the engine, unless one is given, which then stays open when the application stops. Raises
    `api.policy.UnknownOperation` unless `policy` has exactly one row for each route.
    """
    settings = settings or Settings()
    metrics = Metrics()
    app = FastAPI(
        title="网格 Wangge",
        version="0.1.0",
        description="社区网格治理的开放地理信息服务 / open geospatial service for community grid governance.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,  # such a redirect repeats the host name the client sent
        generate_unique_id_function=_operation_id,
        dependencies=[Depends(guard)],
        middleware=[
            Middleware(
                Forwarded,
                proxies=read_networks(settings.trusted_proxies),
                is_https=(settings.public_url or "").startswith("https:"),
            ),
            Middleware(Trace, count=metrics.count),
            Middleware(Faults),
            Middleware(KnownHosts, hosts=_hosts(settings)),
            Middleware(BodyLimit, limit_bytes=settings.max_body_bytes),
            Middleware(Heads),
            Middleware(Shedding, running=RUNNING),
        ],
    )
    app.state.settings = settings
    app.state.metrics = metrics
    app.state.given_engine = engine
    app.state.engine = engine
    app.state.last_extent = None
    app.state.policy = policy
    app.state.rates = _rates(settings)
    errors.install(app)
    _include(app)
    mount_static(app)
    openapi.install(app)
    require_guarded(app, policy)
    return app


def _rates(settings: Settings) -> Rates:
    """How often an address, or an account, may do what."""
    return Rates(
        {
            "reports": settings.rate_reports,
            "account reports": settings.rate_account_reports,
            "photos": settings.rate_photos,
            "similar": settings.rate_photos,
            "alarms": settings.rate_alarms,
            "logins": settings.rate_logins,
            "refused commands": settings.rate_refused_commands,
            "refusals": RECORDED_REFUSALS,
            "throttled": RECORDED_THROTTLES,
        }
    )


def _hosts(settings: Settings) -> frozenset[str]:
    """The names we answer to, without their ports."""
    public = urlsplit(settings.public_url or "").hostname or ""
    tests = set() if settings.environment is Environment.PRODUCTION else {TEST_HOST}
    named = {settings.host, public, *tests, *LOOPBACK, *settings.allowed_hosts.split(",")}
    return frozenset(name.strip().lower() for name in named) - {""}


def _include(app: FastAPI) -> None:
    # Each by itself: a router of routers is searched anew, all the way down, at every request.
    for name in ROUTERS:
        app.include_router(
            importlib.import_module(f"api.routers.{name}").router,
            prefix="/api/v1",
            dependencies=[Depends(refuse_unknown_parameters)],
            responses=PROBLEM_RESPONSES,
        )
    for name in PLAIN:
        app.include_router(importlib.import_module(name).router, responses=PROBLEM_RESPONSES)


def _operation_id(route: APIRoute) -> str:
    """`file_report` becomes `fileReport`: stable, and free of the path."""
    first, *rest = route.name.split("_")
    return first + "".join(word.title() for word in rest)


def _web_engine(settings: Settings) -> Engine:
    """The engine of the web edge, as the role that owns nothing; refused when that role could see everything.

    A database that is away is waited for: `/readyz` asks again.
    """
    engine = make_web_engine(api_url(settings, database_url(settings)))
    try:
        require_safe(engine)
    except OperationalError as error:
        log.warning("the database is away: %s", safe_message(error))
    except BaseException:
        engine.dispose()
        raise
    return engine


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    # Requests that may use the database are counted in `Shedding`; the rest is for files and the probes.
    anyio.to_thread.current_default_thread_limiter().total_tokens = RUNNING + FILE_THREADS
    app.state.probe = anyio.CapacityLimiter(1)
    if app.state.given_engine is None:
        app.state.engine = await anyio.to_thread.run_sync(_web_engine, app.state.settings)
    try:
        # Of the loop that serves the requests, as the state that Starlette gives each of them.
        async with Asking(app.state.engine, ASKING) as asking:
            yield {"asking": asking}
    finally:
        if app.state.given_engine is None:
            app.state.engine.dispose()
