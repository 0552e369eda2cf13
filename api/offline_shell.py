"""The reporter's page without network: its service worker, which keeps the page and every asset it needs.

What is kept is found by reading: addresses in the templates, imports of modules, `url()` of style sheets.
The version is the digest of all of it, so that any change of a file makes browsers fetch everything anew.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from api.static import FOLDERS, WEB

router = APIRouter(include_in_schema=False)

TEMPLATES = ("base.html", "report.html")
_ADDRESS = re.compile(r"/static/[\w./-]+\.(?:js|css|svg|png)")
_IMPORT = re.compile(r"""(?:from|import)\s*\(?["']\./([\w.-]+\.js)["']""")
_URL = re.compile(r"""url\(\s*["']?([\w./-]+\.(?:svg|png))["']?\s*\)""")
# A worker's own policy rules what it may fetch; ours forbids everything unless told.
WORKER_POLICY = "default-src 'none'; connect-src 'self'"


@router.get("/report-worker.js")
def report_worker() -> Response:
    """The service worker of `/report`, asked for by the browser at every visit."""
    assets = shell_assets()
    head = f"const VERSION = {json.dumps(shell_version())};\nconst ASSETS = {json.dumps(assets)};\n"
    return Response(
        head + _worker(),
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache", "Content-Security-Policy": WORKER_POLICY},
    )


def shell_assets() -> list[str]:
    """Addresses of everything `/report` loads from `/static`, sorted."""
    waiting = [address for name in TEMPLATES for address in _ADDRESS.findall(_template(name))]
    waiting += [f"/static/lang/{path.name}" for path in (WEB / "lang").glob("*.json")]
    found: set[str] = set()
    while waiting:
        address = waiting.pop()
        path = _path(address)
        if address in found or not path.is_file() or path.relative_to(WEB).parts[0] not in FOLDERS:
            continue
        found.add(address)
        waiting += [_address(other) for other in _needs(path)]
    return sorted(found)


def shell_version() -> str:
    """Digest of the page's templates, its assets and the worker: 16 hexadecimal digits."""
    digest = hashlib.sha256(_worker().encode())
    for name in TEMPLATES:
        digest.update(_template(name).encode())
    for address in shell_assets():
        digest.update(f"\n{address}\n".encode())
        digest.update(_path(address).read_bytes())
    return digest.hexdigest()[:16]


def _needs(path: Path) -> list[Path]:
    if path.suffix not in {".js", ".css"}:
        return []
    text = path.read_text(encoding="utf-8")
    near = (_URL if path.suffix == ".css" else _IMPORT).findall(text)
    return [(path.parent / name).resolve() for name in near] + [_path(one) for one in _ADDRESS.findall(text)]


def _path(address: str) -> Path:
    return (WEB / address.removeprefix("/static/")).resolve()


def _address(path: Path) -> str:
    return f"/static/{path.relative_to(WEB).as_posix()}" if path.is_relative_to(WEB) else ""


def _template(name: str) -> str:
    return (WEB / "templates" / name).read_text(encoding="utf-8")


def _worker() -> str:
    return (WEB / "worker" / "report.js").read_text(encoding="utf-8")
