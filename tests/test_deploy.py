"""What runs elsewhere is checked here as far as it can be: compose file, Dockerfile, proxy, set-up scripts."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from gis.db.cluster import Cluster
from gis.settings import Settings
from tests.database import admin

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock", "requirements-setup.lock")


def test_nothing_is_said_twice_in_the_compose_file() -> None:
    """YAML lets the last one win without a word."""

    class Strict(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), f"twice: {keys}"
            return super().construct_mapping(node, deep)

    yaml.load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"), Strict)
    with pytest.raises(AssertionError, match="twice"):
        yaml.load("a: 1\na: 2", Strict)


def test_every_variable_of_the_compose_file_is_a_setting() -> None:
    names = {name.removeprefix("WANGGE_").lower() for name in SERVICES["api"]["environment"]}
    assert names <= set(Settings.model_fields)
    assert "database_url" in names


def test_the_compose_file_publishes_nothing_beyond_loopback() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published
    assert all(str(port).startswith("127.0.0.1:") for port in published)
    assert "ports" not in SERVICES["db"]
    assert SERVICES["api"]["environment"]["WANGGE_HOST"] == "127.0.0.1"


def test_the_api_waits_for_a_healthy_database() -> None:
    assert "healthcheck" in SERVICES["db"]
    assert SERVICES["api"]["depends_on"]["db"]["condition"] == "service_healthy"
    assert all(name in COMPOSE["volumes"] for name in ("db", "state"))


def test_the_dockerfile_copies_only_what_is_there() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", text, flags=re.MULTILINE)
    sources = [source for line in copies for source in line.split()]
    assert len(sources) > 5
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert "--require-hashes" in text
    assert re.search(r"^USER (?!root)", text, flags=re.MULTILINE)


def test_the_proxy_has_deadlines_for_headers_and_bodies() -> None:
    conf = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    for name in ("client_header_timeout", "client_body_timeout", "send_timeout", "client_max_body_size"):
        assert re.search(rf"^\s*{name} \d+[sm];", conf, flags=re.MULTILINE), name
    limit_mib = int(re.findall(r"client_max_body_size (\d+)m", conf)[0])
    assert limit_mib << 20 > Settings.model_fields["max_body_bytes"].default


def test_nginx_accepts_the_proxy_configuration() -> None:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    done = subprocess.run(
        ["nginx", "-t", "-c", ROOT / "deploy/nginx.conf"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    pins = re.findall(r"^[a-z0-9-]+(?:\[[a-z,]+\])?==\S+", text, flags=re.MULTILINE)
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(pins) == len(blocks)
    assert all("--hash=sha256:" in block for block in blocks)


def test_the_locks_agree_with_each_other() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE))

    run, dev, bench = (pins(name) for name in LOCKS[:3])
    assert run.items() <= dev.items() <= bench.items()


def test_the_map_libraries_are_locked_without_an_address() -> None:
    text = (ROOT / "web/package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text


@pytest.mark.parametrize("script", sorted(path.name for path in (ROOT / "scripts").glob("*.sh")))
def test_the_scripts_are_bash(script: str) -> None:
    done = subprocess.run(
        ["bash", "-n", ROOT / "scripts" / script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_make_help_lists_every_target_a_user_may_call() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"^  (\S+)", done.stdout, flags=re.MULTILINE))
    assert {"demo", "test", "check", "bench", "prove", "faults", "help"} <= listed


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    documented = {name.lower() for name in re.findall(r"^\| `WANGGE_(\w+)`", text, flags=re.MULTILINE)}
    assert documented == set(Settings.model_fields)


@pytest.mark.db
def test_the_database_gets_the_login_of_the_web_edge(cluster: Cluster) -> None:
    """What the container runs once makes a role that may serve, whose password is the one given."""
    role = "wangge_api_of_compose"
    script = (ROOT / "deploy" / "api_role.sh").read_text(encoding="utf-8")
    statement = script.split("<<'SQL'\n")[1].split("\nSQL")[0]
    with admin(cluster) as engine, engine.connect() as connection:
        connection.execute(text(f"DROP ROLE IF EXISTS {role}"))
        connection.execute(text(statement.replace("wangge_api", role).replace(":'word'", "'it''s'")))
        row = connection.execute(
            text("SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = :role"),
            {"role": role},
        ).one()
        connection.execute(text(f"DROP ROLE {role}"))
    assert tuple(row) == (False, False, True)
