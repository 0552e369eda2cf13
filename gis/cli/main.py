"""The `wangge` command, assembled from one module a command."""

from __future__ import annotations

import importlib
import importlib.util

import typer

from gis.cli.polite import PoliteGroup

COMMANDS = (
    "demo",
    "serve",
    "db",
    "user",
    "check",
    "sample",
    "import_",
    "export",
    "locate",
    "coverage",
    "circles",
    "siting",
    "deficits",
    "filing",
    "statistics",
    "worker",
    "rules",
    "calendar",
)

app = typer.Typer(
    name="wangge",
    cls=PoliteGroup,
    help="网格：社区网格治理的开放地理信息服务 / the open geospatial service for community grid governance.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


def _assemble() -> None:
    for name in COMMANDS:
        if importlib.util.find_spec(f"gis.cli.{name}"):
            importlib.import_module(f"gis.cli.{name}").register(app)


_assemble()
