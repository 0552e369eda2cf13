"""`wangge serve`: the web edge on a migrated database, nothing else."""

from __future__ import annotations

from contextlib import closing, nullcontext

import typer


def register(app: typer.Typer) -> None:
    """Add `wangge serve`."""
    app.command(help="启动网页与接口 / serve pages and API.")(serve)


def serve() -> None:
    """Migrate, then serve until Ctrl-C; the private cluster is stopped by the last one who uses it."""
    from gis.cli import serving
    from gis.cli.ending import until_told
    from gis.cli.polite import read_settings
    from gis.cli.statistics import publishing
    from gis.cli.worker import jobs
    from gis.db.cluster import Cluster
    from gis.db.connect import migrate

    settings = read_settings()
    with until_told() as told, closing(serving.listen(settings, command="wangge serve")) as listener:
        external = settings.database_url
        with nullcontext(external) if external else serving.kept(Cluster(settings.state_dir)) as url:
            assert url is not None
            told.heed()
            migrate(url)
            serving.require_accounts(settings, url)
            with publishing(url), jobs(url, settings):
                serving.serve(settings, url, listener, told)
