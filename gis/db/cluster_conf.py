"""The private cluster's configuration: settings fit for the machine, and who may connect."""

from __future__ import annotations

import os
from pathlib import Path

from gis.db.cluster_place import Owner, current_user

ROLE = "wangge"
API_ROLE = "wangge_api"  # the web edge: see gis.db.api_role
MIB = 1 << 20
INCLUDE_LINE = "include 'wangge.conf'"
# Test clusters are thrown away: nothing of theirs must survive a power cut.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def machine_memory_bytes() -> int:
    """Memory this process may use: the machine's, or less where a control group limits it."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text(encoding="ascii").strip() if limit.exists() else "max"
    return min(total, int(text)) if text.isdigit() else total


def server_settings(socket_dir: Path, *, durable: bool, memory_bytes: int, cores: int) -> dict[str, str]:
    """PostgreSQL settings for a machine of this size, as name -> value."""

    def share(part: int, least_mib: int, most_mib: int) -> str:
        return f"{min(max(memory_bytes // part // MIB, least_mib), most_mib)}MB"

    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0777",  # `peer` decides who enters, not the file mode
        "port": "5432",
        "max_connections": "200",
        "shared_buffers": share(4, 64, 4096 if durable else 512),
        "effective_cache_size": share(2, 256, 65536),
        "work_mem": share(256, 8, 64),
        "maintenance_work_mem": share(16, 64, 1024),
        "max_parallel_workers": str(cores),
        "max_parallel_maintenance_workers": str(min(cores, 4)),
        "jit": "off",  # compiling costs more than it saves on statements of milliseconds
        "random_page_cost": "1.1",
        "wal_compression": "on",
        "max_wal_size": "4GB",
        "min_wal_size": "128MB",
        "checkpoint_timeout": "15min",
        "client_connection_check_interval": "1s",  # a client that hangs up frees its backend
        "log_line_prefix": "%m [%p] ",
        "log_min_duration_statement": "2s",
        "log_parameter_max_length": "0",  # reports carry names and telephone numbers; a log does not
        # What the database refuses is one line, without the statement: most are answers to people (a stale version, a
        # scope), and the program's own log has the statement of a fault, under its trace.
        "log_min_error_statement": "fatal",
        "log_error_verbosity": "terse",  # its DETAIL would quote the failing row
        "timezone": "UTC",
        "log_timezone": "UTC",
        "cluster_name": "wangge",
    }
    return settings if durable else settings | THROWAWAY


def write_configuration(data_dir: Path, owner: Owner, settings: dict[str, str]) -> bool:
    """Write `wangge.conf`, `pg_hba.conf` and `pg_ident.conf`; True when anything changed.

    Only `peer` on the unix socket: the cluster's account and the account running this program become the
    role `wangge` or `wangge_api`, everybody else is refused. There is no password and no `trust`.
    """
    users = sorted({owner.name, current_user()})
    ident = "".join(f'{ROLE} "{user}" {role}\n' for user in users for role in (ROLE, API_ROLE))
    texts = {
        "wangge.conf": "".join(f"{name} = '{_quote(value)}'\n" for name, value in settings.items()),
        "pg_hba.conf": f"local all {ROLE},{API_ROLE} peer map={ROLE}\n",
        "pg_ident.conf": ident,
    }
    main = data_dir / "postgresql.conf"
    text = main.read_text(encoding="utf-8")
    if INCLUDE_LINE not in text:
        texts["postgresql.conf"] = f"{text}\n{INCLUDE_LINE}\n"
    changed = [_replace(data_dir / name, body, owner) for name, body in texts.items()]
    return any(changed)


def _replace(path: Path, text: str, owner: Owner) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o600)
    if not owner.is_us:
        os.chown(fresh, owner.uid, owner.gid)
    fresh.replace(path)
    return True


def _quote(value: str) -> str:
    return value.replace("'", "''")
