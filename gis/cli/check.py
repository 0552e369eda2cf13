"""`wangge check`: is everything there that the program needs, and if not, what to do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer

from gis.cli.check_audit import audit
from gis.cli.check_events import events
from gis.cli.polite import PoliteGroup
from gis.settings import Settings

WEB = Path(__file__).resolve().parents[2] / "web"
GOOD, BAD = "✓", "✗"


def register(app: typer.Typer) -> None:
    """Add `wangge check`, `wangge check audit` and `wangge check events`."""
    group = typer.Typer(cls=PoliteGroup, invoke_without_command=True)
    group.callback(help="检查运行所需的一切 / check that everything it needs is there.")(check)
    group.command("audit")(audit)
    group.command("events")(events)
    app.add_typer(group, name="check")


def check(context: typer.Context) -> None:
    """Print one line a thing; end with 1 when anything is wrong. The private cluster is started if stopped."""
    if context.invoked_subcommand is not None:
        return
    from gis.cli.polite import read_settings

    settings = read_settings()
    good = [_check_python(), _check_database(settings), _check_assets(WEB / "vendor")]
    raise typer.Exit(0 if all(good) else 1)


def _say(good: bool, name: str, fact: str) -> bool:
    typer.echo(f"{GOOD if good else BAD} {name}: {fact}")
    return good


def _check_python() -> bool:
    return _say(sys.version_info >= (3, 11), "Python", ".".join(map(str, sys.version_info[:3])))


def _check_database(settings: Settings) -> bool:
    from gis.base.errors import WanggeError
    from gis.db.connect import database_state, held_url

    try:
        with held_url(settings) as url:
            state = database_state(url)
    except WanggeError as error:
        return _say(False, "数据库 / database", f"[{error.code}] {error.zh} / {error.en}")
    missing = ", ".join(state.missing_extensions) or "无 / none"
    good = [
        _say(True, "PostgreSQL", state.server),
        _say(state.postgis is not None, "PostGIS", state.postgis or "未安装 / not installed"),
        _say(not state.missing_extensions, "缺少扩展 / missing extensions", missing),
        _say(
            state.revision == state.head,
            "迁移 / migrations",
            f"{state.revision or '-'} / {state.head}"
            + ("" if state.ready else "；运行 / run: wangge db migrate"),
        ),
    ]
    return all(good)


def _check_assets(vendor: Path) -> bool:
    """The map libraries that setup copies: all files of the manifest, in the sizes it names."""
    name = "地图库 / map libraries"
    manifest = vendor / "manifest.json"
    if not manifest.is_file():
        return _say(False, name, f"{vendor} 不存在，请运行 / missing, run: make setup")
    files: dict[str, dict[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))
    lost = [file for file, facts in files.items() if _size(vendor / file) != facts["bytes"]]
    return _say(not lost, name, f"{len(files)} 个文件 / files" if not lost else f"缺少 / missing {lost[:3]}")


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
