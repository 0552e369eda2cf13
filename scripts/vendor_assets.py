# ruff: noqa: INP001 - a script, not a package
"""Copy the browser libraries a page needs from web/node_modules to web/vendor.

Every version is checked against web/package.json, every `url()` of a style sheet against the copied
files, and `manifest.json` gets size and integrity (SRI) of each file. The folder is written beside and
swapped in, so that a half-made one never serves. Standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"

FILES: dict[str, tuple[str, ...]] = {
    "leaflet": ("dist/leaflet.js", "dist/leaflet.css", "dist/images/*.png", "LICENSE"),
    "leaflet.markercluster": ("dist/leaflet.markercluster.js", "dist/MarkerCluster.css", "MIT-LICENCE.txt"),
    "leaflet.vectorgrid": ("dist/Leaflet.VectorGrid.bundled.min.js",),
    "swagger-ui-dist": ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png", "LICENSE"),
}

CSS_URL = re.compile(r"""url\(\s*(['"]?)(.*?)\1\s*\)""")
SOURCE_MAP = re.compile(rb"(?m)^\s*(//[#@] sourceMappingURL=.*|/\*# sourceMappingURL=.*?\*/)\s*$")


class VendorError(Exception):
    """A library is missing, has another version, or points outside."""


def check_version(package: str, wanted: str, modules: Path) -> None:
    """Raise VendorError unless `package` is installed in exactly the `wanted` version."""
    path = modules / package / "package.json"
    if not path.is_file():
        raise VendorError(f"缺少 {package}；请先运行 (cd web && npm install) / {package} is not installed")
    found = json.loads(path.read_text(encoding="utf-8"))["version"]
    if found != wanted:
        raise VendorError(f"{package}: {found} ≠ {wanted} (web/package.json)")


def copy_package(package: str, patterns: tuple[str, ...], modules: Path, target: Path) -> list[Path]:
    """Copy the files of `patterns` flat below `target/package` (images keep their folder); returns them."""
    copied: list[Path] = []
    source = modules / package
    for pattern in patterns:
        found = sorted(source.glob(pattern))
        if not found and "LICEN" not in pattern:
            raise VendorError(f"{package}: {pattern} 不存在 / does not exist")
        for path in found:
            relative = path.relative_to(source)
            parts = relative.parts[1:] if relative.parts[0] == "dist" else relative.parts
            goal = target / package / Path(*parts)
            goal.parent.mkdir(parents=True, exist_ok=True)
            goal.write_bytes(SOURCE_MAP.sub(b"", path.read_bytes()))
            copied.append(goal)
    return copied


def check_css(path: Path) -> None:
    """Raise VendorError when a `url()` of the style sheet is on another host or not copied."""
    for _, url in CSS_URL.findall(path.read_text(encoding="utf-8")):
        if url.startswith(("data:", "#")):
            continue
        if "//" in url:
            raise VendorError(f"{path.name}: 外部地址 {url} / address on another host")
        if not (path.parent / url.split("?")[0].split("#")[0]).is_file():
            raise VendorError(f"{path.name}: {url} 未复制 / was not copied")


def integrity(path: Path) -> str:
    """The SRI hash of a file: `sha384-…`."""
    return "sha384-" + base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode("ascii")


def vendor(web: Path = WEB) -> dict[str, dict[str, object]]:
    """Fill `web/vendor` and return its manifest (path -> package, version, bytes, integrity)."""
    modules = web / "node_modules"
    versions: dict[str, str] = json.loads((web / "package.json").read_text(encoding="utf-8"))["dependencies"]
    manifest: dict[str, dict[str, object]] = {}
    with tempfile.TemporaryDirectory(dir=web, prefix=".vendor-") as name:
        fresh = Path(name) / "vendor"
        for package, patterns in FILES.items():
            check_version(package, versions[package], modules)
            for path in copy_package(package, patterns, modules, fresh):
                if path.suffix == ".css":
                    check_css(path)
                manifest[path.relative_to(fresh).as_posix()] = {
                    "package": package,
                    "version": versions[package],
                    "bytes": path.stat().st_size,
                    "integrity": integrity(path),
                }
        text = json.dumps(manifest, indent=1, sort_keys=True)
        (fresh / "manifest.json").write_text(text + "\n", encoding="utf-8")
        goal = web / "vendor"
        if goal.exists():
            shutil.rmtree(goal)
        fresh.rename(goal)
    return manifest


def main() -> int:
    """Run from the Makefile; prints one line, 1 on failure."""
    try:
        manifest = vendor()
    except VendorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    total = sum(int(str(entry["bytes"])) for entry in manifest.values())
    sys.stdout.write(f"web/vendor: {len(manifest)} 个文件 / files, {total / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
