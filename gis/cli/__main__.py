"""`python -m gis.cli` is the `wangge` command."""

from __future__ import annotations

from gis.cli.main import app

app(prog_name="wangge")
