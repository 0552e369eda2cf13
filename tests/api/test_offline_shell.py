"""The service worker of the report page: everything the page needs, a version that follows every change."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api import offline_shell
from api.offline_shell import shell_assets, shell_version
from api.static import WEB


def test_everything_the_page_loads_is_kept_and_nothing_else() -> None:
    assets = shell_assets()
    assert {
        "/static/js/report_page.js",
        "/static/js/ids.js",
        "/static/css/pin.svg",
        "/static/lang/en.json",
    } <= {*assets}
    assert "/static/js/map_page.js" not in assets
    assert all(address.startswith("/static/") for address in assets)


def test_the_version_follows_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in (WEB / "templates", WEB / "worker", WEB / "js", WEB / "css", WEB / "lang"):
        for file in path.iterdir():
            (tmp_path / path.name).mkdir(exist_ok=True)
            (tmp_path / path.name / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(offline_shell, "WEB", tmp_path)
    before = shell_version()
    assert shell_version() == before
    (tmp_path / "js" / "map_page.js").write_text("// not of this page")
    assert shell_version() == before
    (tmp_path / "js" / "ids.js").write_text("// changed")
    assert shell_version() != before


@pytest.mark.db
def test_worker_and_page_tell_the_same_version(client: TestClient) -> None:
    worker = client.get("/report-worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
    assert "connect-src 'self'" in worker.headers["content-security-policy"]
    found = re.match(r'const VERSION = ("\w{16}");\nconst ASSETS = (\[.*\]);\n', worker.text)
    assert found
    assert f"data-shell={found[1]}" in client.get("/report").text
    for address in json.loads(found[2]):
        assert client.get(address).status_code == 200, address
