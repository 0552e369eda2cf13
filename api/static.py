"""Our own assets under /static: style sheets, scripts, catalogues and the vendored libraries."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

WEB = Path(__file__).resolve().parent.parent / "web"
FOLDERS = ("vendor", "js", "css", "lang")


class Revalidated(StaticFiles):
    """Static files that a browser asks about every time (304 when unchanged), so that no page mixes versions."""

    def file_response(self, full_path: Any, stat_result: os.stat_result, *args: Any, **kw: Any) -> Response:
        """The file, never taken from a cache without asking."""
        response = super().file_response(full_path, stat_result, *args, **kw)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def mount_static(app: FastAPI) -> None:
    """Mount the folders of `web/` that a browser may read; a missing one is served as empty."""
    for folder in FOLDERS:
        app.mount(f"/static/{folder}", Revalidated(directory=WEB / folder, check_dir=False), name=folder)
