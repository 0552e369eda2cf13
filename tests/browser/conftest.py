"""A real Chromium on a real server on a database with the town; any other host or console error fails a test."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, text

from api.auth import CSRF_HEADER, PLAIN_COOKIE
from api.static import WEB
from gis.accounts.passwords import hash_password
from gis.db.cluster import Cluster
from gis.db.engine import make_engine
from tests.clients import EVERYTHING, add_account, add_session
from tests.database import cloned_database, town_template
from tests.serving import free_port, running

playwright = pytest.importorskip("playwright.sync_api")

CHROMIUM = os.environ.get("WANGGE_CHROMIUM") or "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
HERE = {"longitude": 126.6208, "latitude": 45.7608, "accuracy": 12}
PASSWORD = "Kite-7410-Harbour"
GEO = {"geolocation": HERE, "permissions": ["geolocation"], "has_touch": True, "is_mobile": True}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser and needs the database."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.db)


@pytest.fixture(scope="session")
def town_url(cluster: Cluster) -> Iterator[str]:
    """The address of a database with the town, for servers of our own."""
    with cloned_database(cluster, town_template(cluster)) as url:
        yield url


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where our servers keep attachments, caches and their output."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="session")
def server(town_url: str, state_dir: Path) -> Iterator[str]:
    """The address of a server that runs as long as the tests do."""
    port = free_port()
    with running(state_dir, port, WANGGE_DATABASE_URL=town_url, WANGGE_WEBHOOK_HOSTS="hooks.example"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def owner(town_url: str) -> Iterator[Engine]:
    """An engine of the tables' owner on the same database."""
    engine = make_engine(town_url)
    yield engine
    engine.dispose()


@cache
def password_hash() -> str:
    """Of `PASSWORD`: made once, for it is meant to take long."""
    return hash_password(PASSWORD)


def person(owner: Engine, *roles: str, area: str | None = None, must_change: bool = False) -> str:
    """The user name of somebody new who holds these roles; the password is `PASSWORD`."""
    account = add_account(owner, *roles, area=area, must_change=must_change)
    with owner.begin() as connection:
        found = connection.execute(
            text("""
            UPDATE account SET password_hash = :hash, password_changed_at = now() WHERE id = :id
            RETURNING username
            """),
            {"hash": password_hash(), "id": account},
        )
        return str(found.scalar_one())


def log_in(page: Any, server: str, username: str, password: str = PASSWORD, path: str = "") -> None:
    """Through the login page, as a person does; waits until another page is there."""
    page.goto(f"{server}/login{path}")
    page.wait_for_selector("body[data-ready]", state="attached")
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("#send")
    page.wait_for_url(lambda url: "/login" not in url)


def session_of(owner: Engine, username: str) -> list[Any]:
    """The cookies of somebody who logged in, without the page: that one is tried in test_login.py."""
    with owner.connect() as connection:
        account = connection.execute(
            text("SELECT id FROM account WHERE username = :name"), {"name": username}
        ).scalar_one()
    cookie = {"name": PLAIN_COOKIE, "value": add_session(owner, account), "domain": "127.0.0.1", "path": "/"}
    return [cookie | {"httpOnly": True, "secure": False, "sameSite": "Lax", "expires": -1}]


def enter(page: Any, server: str, owner: Engine, username: str, path: str) -> None:
    """Open a page as somebody who is logged in; waits until it is drawn."""
    page.context.add_cookies(session_of(owner, username))
    page.goto(f"{server}{path}")
    page.wait_for_selector("body[data-ready]", state="attached")


@pytest.fixture(scope="session")
def state_of(owner: Engine) -> Callable[..., Any]:
    """The state of a browser of somebody who holds some roles in an area: logged in once, then reused."""
    kept: dict[tuple[str | None, tuple[str, ...]], Any] = {}

    def of(*roles: str, area: str | None = None) -> Any:
        if (area, roles) not in kept:
            cookies = session_of(owner, person(owner, *roles, area=area))
            kept[area, roles] = {"cookies": cookies, "origins": []}
        return kept[area, roles]

    return of


@pytest.fixture(scope="session")
def staff(state_of: Callable[..., Any]) -> Any:
    """The cookies of somebody who holds every permission in the whole town."""
    return state_of(*EVERYTHING)


@pytest.fixture(scope="session")
def api(server: str, staff: Any) -> Iterator[httpx2.Client]:
    """A client on the same server in the session of somebody who may see everything."""
    cookies = {one["name"]: one["value"] for one in staff["cookies"]}
    with httpx2.Client(base_url=server, timeout=60, cookies=cookies) as client:
        client.headers[CSRF_HEADER] = client.get("/api/v1/session").json()["csrf"]
        yield client


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}: set WANGGE_CHROMIUM")
    if not (WEB / "vendor").is_dir():
        pytest.skip("web/vendor is missing: run scripts/vendor_assets.py")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """What went wrong in a page: other hosts, script errors, console errors."""

    def __init__(self) -> None:
        self.trouble: list[str] = []
        self.forgiven: tuple[str, ...] = ()

    def note(self, what: str) -> None:
        """Keep it unless it is a kind that the test expects."""
        if not any(word in what for word in self.forgiven):
            self.trouble.append(what)


@contextmanager
def opened(chromium: Any, **options: Any) -> Iterator[tuple[Any, Watch]]:
    """A page in a fresh context; leaving it fails when anything went wrong in it."""
    context = chromium.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **options)
    watch = Watch()

    def asked(request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            watch.note(f"another host: {request.url}")

    context.on("request", asked)
    context.on("weberror", lambda found: watch.note(f"error: {found.error}"))
    context.on("console", lambda line: watch.note(f"console: {line.text}") if line.type == "error" else None)
    page = context.new_page()
    page.set_default_timeout(60_000)  # a busy machine is slow, and time is no rule here
    try:
        yield page, watch
    finally:
        context.close()
    assert watch.trouble == []


def until(page: Any, condition: str, seconds: float = 60) -> None:
    """Wait until a JavaScript expression is true; playwright's own way needs `eval`, which our policy forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(f"() => Boolean({condition})"):
        assert time.monotonic() < end, f"never true: {condition}"
        page.wait_for_timeout(50)


@pytest.fixture
def desk(chromium: Any, staff: Any) -> Iterator[Any]:
    """A page as on a desk, of somebody who may see everything."""
    with opened(chromium, viewport=DESK, storage_state=staff) as (page, _):
        yield page


@pytest.fixture
def visitor(chromium: Any) -> Iterator[Any]:
    """A page as on a desk, of nobody."""
    with opened(chromium, viewport=DESK) as (page, _):
        yield page


@pytest.fixture
def phone(chromium: Any) -> Iterator[Any]:
    """A page as on a resident's phone that knows where it is."""
    with opened(chromium, viewport=PHONE, **GEO) as (page, _):
        yield page


@pytest.fixture
def staff_phone(chromium: Any, staff: Any) -> Iterator[Any]:
    """A page as on the phone of somebody who may see everything."""
    with opened(chromium, viewport=PHONE, storage_state=staff, **GEO) as (page, _):
        yield page


@pytest.fixture
def ready() -> Callable[[Any], None]:
    """Waits until a page has asked and drawn what it shows first."""

    def wait(page: Any) -> None:
        page.wait_for_selector("body[data-ready]", state="attached")

    return wait
