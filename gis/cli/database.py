"""The database a command works on: WANGGE_DATABASE_URL, else the private cluster while the command runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gis.cli.polite import read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


@contextmanager
def database() -> Iterator[tuple[Engine, Path]]:
    """An engine on the migrated database, and the folder of what may be kept between runs."""
    from gis.db.connect import held_url, migrate
    from gis.db.engine import make_engine

    settings = read_settings()
    with held_url(settings) as url:
        migrate(url)
        engine = make_engine(url)
        try:
            yield engine, settings.state_dir / "cache"
        finally:
            engine.dispose()
