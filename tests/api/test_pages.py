"""The pages: strict content security, nothing from other hosts, both languages complete."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from api.pages import DESKS
from api.static import WEB
from api.text import LANGUAGES, catalogue, language_of
from gis.events.tracking import read_tracking_code
from layers.offline import external_addresses
from tests.clients import Entered

PAGES = ("/", "/map", "/planner", "/report", "/track", "/track/7K3M-Q2ZD-84TN-XW5RC")
PAGES += ("/login", "/account", *(desk.path.format(subject="x") for desk in DESKS))
KEY = re.compile(r"""\bt\(\s*["']([a-z_0-9.]+)["']\s*[,)]""")
TEMPLATE_KEY = re.compile(r"""\bt\(\s*["'`]([a-z_0-9.]+\.)(?:\$\{|["']\s*~)""")


class Scripts(HTMLParser):
    """Collects scripts, links, handlers and style attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[dict[str, str | None]] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.attributes: dict[str, str | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.attributes = dict(attrs)
        if tag == "script":
            self.scripts.append(dict(attrs))
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.handlers.append(f"{tag} {name}")
            if name in {"src", "href"} and value:
                self.addresses.append(value)


def read(html: str) -> Scripts:
    parser = Scripts()
    parser.feed(html)
    return parser


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_of_a_tracking_code_passes_its_own_check(language: str) -> None:
    example = catalogue(language)["track.hint"].strip("。.").split()[-1].split("例如")[-1]
    assert read_tracking_code(example) == example


@pytest.mark.parametrize(
    ("accepted", "cookie", "query", "language"),
    [
        ("", "", "", "zh-CN"),
        ("en-GB,en;q=0.9,zh-CN;q=0.5", "", "", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "", "", "zh-CN"),
        ("fr,en;q=0.4,zh;q=0.4", "", "", "zh-CN"),
        ("en", "wangge_lang=zh-CN", "", "zh-CN"),
        ("zh", "wangge_lang=en", "", "en"),
        ("en", "wangge_lang=en", "lang=zh", "zh-CN"),
        ("en", "wangge_lang=xx", "lang=yy", "en"),
    ],
)
def test_the_language_is_chosen_then_preferred_then_chinese(
    accepted: str, cookie: str, query: str, language: str
) -> None:
    headers = [(b"accept-language", accepted.encode()), (b"cookie", cookie.encode())]
    asked = Request({"type": "http", "headers": headers, "query_string": query.encode()})
    assert language_of(asked) == language


@pytest.mark.db
@pytest.mark.parametrize("path", PAGES)
def test_page_is_strict(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    page = read(answer.text)
    assert not page.handlers
    assert page.scripts
    nonce = re.search(r"'nonce-([\w-]+)'", policy)
    for script in page.scripts:
        assert script.get("src") or (nonce and script.get("nonce") == nonce[1])
    assert not external_addresses(answer.text)
    assert page.attributes["lang"] == "zh-CN"
    title = re.search(r"<title>(.*)</title>", answer.text)
    assert title
    assert ".title" not in title[1]


@pytest.mark.db
def test_nonces_differ_and_static_pages_have_none(client: TestClient) -> None:
    policies = {client.get("/map").headers["content-security-policy"] for _ in range(2)}
    assert len(policies) == 2
    assert "nonce" not in client.get("/report").headers["content-security-policy"]


@pytest.mark.db
@pytest.mark.parametrize("path", PAGES)
def test_every_asset_is_served(client: TestClient, path: str) -> None:
    if not (WEB / "vendor").is_dir():
        pytest.skip("web/vendor is missing: run scripts/vendor_assets.py")
    for address in read(client.get(path).text).addresses:
        if address.startswith("/static/"):
            assert client.get(address).status_code == 200, address


@pytest.mark.db
def test_language_is_chosen_and_remembered(client: TestClient) -> None:
    assert 'lang="zh-CN"' in client.get("/", headers={"Accept-Language": "en"}).text
    chosen = client.get("/?lang=en")
    assert 'lang="en"' in chosen.text
    assert "wangge_lang=en" in chosen.headers["set-cookie"]
    assert 'lang="en"' in client.get("/report", headers={"Cookie": "wangge_lang=en"}).text
    assert 'lang="zh-CN"' in client.get("/report", headers={"Cookie": "wangge_lang=<script>"}).text
    client.cookies.delete("wangge_lang")


@pytest.mark.db
def test_code_in_the_address_is_text(client: TestClient) -> None:
    answer = client.get("/track/%22%3E%3Cscript%3Ealert(1)")
    assert answer.headers["content-type"].startswith("text/html")
    assert "<script>alert" not in answer.text


def sources() -> list[Path]:
    return sorted([*(WEB / "js").glob("*.js"), *(WEB / "templates").glob("*.html")])


def test_catalogues_have_the_same_keys_and_no_empty_text() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    assert all(chinese.values())
    assert all(english.values())
    assert {
        key
        for key in chinese
        if set(re.findall(r"{\w+}", chinese[key])) ^ set(re.findall(r"{\w+}", english[key]))
    } == set()


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_every_key_used_exists(path: Path) -> None:
    known = catalogue("zh-CN")
    text = path.read_text(encoding="utf-8")
    assert [key for key in KEY.findall(text) if key not in known] == []
    assert [
        start for start in TEMPLATE_KEY.findall(text) if not any(key.startswith(start) for key in known)
    ] == []


def test_code_lists_have_texts() -> None:
    from gis.events.model import Source, Status, Urgency
    from gis.register.station_types import station_types

    known = catalogue("en")
    wanted = [f"status.{one}" for one in Status] + [f"status.{one}.char" for one in Status]
    wanted += [f"urgency.{one}" for one in Urgency] + [f"source.{one}" for one in Source]
    wanted += [f"station.{one}" for one in station_types()]
    assert [key for key in wanted if key not in known] == []


def test_permissions_and_audit_actions_have_texts() -> None:
    from tests.clients import DATA

    english, chinese = catalogue("en"), catalogue("zh-CN")
    with (DATA / "permissions.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            assert chinese[f"permission.{row['code']}"] == row["name_zh"]
            assert english[f"permission.{row['code']}"].lower() == row["name_en"].lower()
    from api.policy import POLICY

    actions = {row.action for row in POLICY.values() if row.action}
    assert [action for action in actions if f"action.{action}" not in english] == []


@pytest.mark.db
@pytest.mark.parametrize("path", ["/report", "/track"])
def test_a_late_page_is_the_same_for_everybody(client: TestClient, path: str) -> None:
    """What a phone keeps must not say who was logged in."""
    nobody = Entered(client.app)
    assert client.get(path).text == nobody.get(path).text
    assert client.get("/").text != nobody.get("/").text


@pytest.mark.parametrize("path", sorted((WEB / "js").glob("*.js")), ids=lambda path: path.name)
def test_scripts_keep_the_house_rules(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    assert not re.findall(
        r"\.(innerHTML|outerHTML|insertAdjacentHTML)|document\.write|\beval\(|new Function", text
    )
    assert not external_addresses(text)


def test_catalogue_files_are_plain_json() -> None:
    for language in LANGUAGES:
        text = (WEB / "lang" / f"{language}.json").read_text(encoding="utf-8")
        assert json.loads(text)
