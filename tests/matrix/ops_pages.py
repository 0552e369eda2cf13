"""Pages, files and documents."""

from __future__ import annotations

from collections.abc import Iterator

from tests.matrix import expected as may
from tests.matrix.harness import Answer, Call, Operation
from tests.matrix.ops_areas import fine, plain
from tests.matrix.places import Person
from tests.matrix.world import World


def led(world: World, person: Person, answer: Answer) -> None:
    """A page, or for who is known already the way to one."""
    assert answer.status in ({200, 303} if may.is_somebody(person) else {200}), answer.code


def off(world: World, person: Person, answer: Answer) -> None:
    """No other identity provider is configured."""
    assert answer.status == 404, answer.code


def followed(world: World, person: Person, kin: str) -> Iterator[Call]:
    """The page of a tracking code knows nothing itself."""
    yield Call("/track", fine)
    yield Call("/track/ABCD-EFGH", fine)


def page(path: str, need: str) -> Operation:
    """A page."""
    return Operation(need, plain(path, led if need == "greeting" else fine), page=True)


OPERATIONS = {
    "healthz": Operation("open", plain("/healthz")),
    "readyz": Operation("open", plain("/readyz")),
    "docs": Operation("open", plain("/docs")),
    "docs_start": Operation("open", plain("/docs/start.js")),
    "openapi": Operation("open", plain("/openapi.json")),
    "report_worker": Operation("open", plain("/report-worker.js")),
    "vendor": Operation("open", plain("/static/vendor/leaflet/leaflet.js")),
    "js": Operation("open", plain("/static/js/api.js")),
    "css": Operation("open", plain("/static/css/app.css")),
    "lang": Operation("open", plain("/static/lang/en.json")),
    "metrics": Operation("metrics.read", plain("/metrics")),
    "landing": page("/", "greeting"),
    "report_page": page("/report", "open"),
    "track_page": Operation("open", followed, page=True),
    "login_page": page("/login", "greeting"),
    "statistics_page": page("/statistics", "greeting"),
    "begin_oidc": Operation("public", plain("/login/oidc", off)),
    "finish_oidc": Operation("public", plain("/login/oidc/callback", off)),
    "account_page": page("/account", "own"),
    "map_page": page("/map", "events.read"),
    "inbox_page": page("/inbox", "events.read"),
    "event_page": page("/events/00000000-0000-0000-0000-000000000000", "events.read"),
    "whistles_page": page("/whistles", "events.read"),
    "whistle_page": page("/whistles/00000000-0000-0000-0000-000000000000", "events.read"),
    "unplaced_page": page("/unplaced", "events.accept"),
    "planner_page": page("/planner", "coverage.read"),
    "users_page": page("/users", "accounts.read"),
    "audit_page": page("/audit", "audit.read"),
    "rules_page": page("/rules", "rules.edit"),
    "kpi_page": page("/kpi", "kpi.read"),
    "campaigns_page": page("/campaigns", "self"),
}
