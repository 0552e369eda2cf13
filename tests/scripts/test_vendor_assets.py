"""Copying browser libraries: exact versions, no address of another host, all or nothing."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("vendor_assets", ROOT / "scripts" / "vendor_assets.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def web(script: ModuleType, tmp_path: Path) -> Path:
    """A web folder whose node_modules holds what package.json asks for."""
    versions = dict.fromkeys(script.FILES, "1.2.3")
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": versions}))
    for package, patterns in script.FILES.items():
        home = tmp_path / "node_modules" / package
        home.mkdir(parents=True)
        (home / "package.json").write_text('{"version": "1.2.3"}')
        for pattern in patterns:
            path = home / pattern.replace("*", "one")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                "a { color: red }\n//# sourceMappingURL=x.map\n" if path.suffix == ".js" else "a {}"
            )
    return tmp_path


def test_copies_and_describes(script: ModuleType, web: Path) -> None:
    manifest = script.vendor(web)
    for name, entry in manifest.items():
        assert (web / "vendor" / name).stat().st_size == entry["bytes"]
        assert entry["integrity"].startswith("sha384-")
    assert "sourceMappingURL" not in (web / "vendor" / "leaflet" / "leaflet.js").read_text()
    assert json.loads((web / "vendor" / "manifest.json").read_text()) == manifest


@pytest.mark.parametrize(
    "css", ["a { background: url(https://cdn.example/x.png) }", "a { background: url('missing.png') }"]
)
def test_refuses_a_style_sheet_that_asks_elsewhere(script: ModuleType, web: Path, css: str) -> None:
    script.vendor(web)
    before = sorted(path.name for path in (web / "vendor").rglob("*"))
    (web / "node_modules" / "leaflet" / "dist" / "leaflet.css").write_text(css)
    with pytest.raises(script.VendorError, match=r"leaflet\.css"):
        script.vendor(web)
    assert sorted(path.name for path in (web / "vendor").rglob("*")) == before
    assert not list(web.glob(".vendor-*"))


def test_refuses_another_version(script: ModuleType, web: Path) -> None:
    (web / "node_modules" / "leaflet" / "package.json").write_text('{"version": "2.0.0"}')
    with pytest.raises(script.VendorError, match=r"2\.0\.0"):
        script.vendor(web)


def test_package_json_pins_exact_versions_and_no_address(script: ModuleType) -> None:
    text = (ROOT / "web" / "package.json").read_text(encoding="utf-8")
    versions = json.loads(text)["dependencies"]
    assert versions.keys() == script.FILES.keys()
    assert all(version.replace(".", "").isdigit() for version in versions.values())
    assert "://" not in text
