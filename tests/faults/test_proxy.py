"""The shipped proxy drops clients that dawdle, while others are served as ever."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from tests.database import ROOT
from tests.serving import free_port

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
# Debian starts a web server of its own with the package; so no target of ours installs it.
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (apt-get install nginx-light)")
DAWDLERS = 40


class Upstream(BaseHTTPRequestHandler):
    """Answers whatever comes."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        with suppress(BrokenPipeError):
            self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def upstream() -> Iterator[int]:
    """A server behind the proxy; the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def proxy(upstream: int, tmp_path: Path) -> Iterator[int]:
    """nginx with the shipped configuration; only ports, folders and the length of the deadlines differ."""
    port = free_port()
    conf = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    conf = conf.replace("127.0.0.1:8000", f"127.0.0.1:{upstream}").replace(
        "listen 8080", f"listen 127.0.0.1:{port}"
    )
    conf = conf.replace("/tmp/wangge-nginx.pid", str(tmp_path / "nginx.pid"))
    conf, changed = re.subn(r"(client_(?:header|body)_timeout) 15s", r"\1 1s", conf)
    assert changed == 2
    temporary = "".join(
        f"  {kind}_temp_path {tmp_path}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(conf.replace("http {\n", "http {\n" + temporary, 1))
    with subprocess.Popen([str(NGINX), "-c", tmp_path / "nginx.conf", "-g", "daemon off;"]) as process:
        wait_for(port)
        yield port
        process.terminate()


def wait_for(port: int) -> None:
    for _ in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("nginx did not start")


def left_open(port: int, opening: bytes, drip: bytes, seconds: float = 30) -> int:
    """How many of forty slow senders were not cut off in so many seconds; meanwhile others are answered.

    nginx by itself waits for a minute: so long a slow machine may take for what is set to a second here.
    """
    waiting = [socket.create_connection(("127.0.0.1", port)) for _ in range(DAWDLERS)]
    for one in waiting:
        one.sendall(opening)
        one.settimeout(0)
    until = time.monotonic() + seconds
    while waiting and time.monotonic() < until:
        assert httpx2.get(f"http://127.0.0.1:{port}/", timeout=60).text == "ok"
        time.sleep(0.1)
        for one in [one for one in waiting if is_closed(one, drip)]:
            one.close()
            waiting.remove(one)
    for one in waiting:
        one.close()
    return len(waiting)


def is_closed(one: socket.socket, drip: bytes) -> bool:
    try:
        if drip:
            one.sendall(drip)
        return one.recv(4096) is not None  # an end, or a 408 before it
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_headers_that_drip_are_cut_off(proxy: int) -> None:
    assert left_open(proxy, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a") == 0


def test_a_body_that_never_comes_is_cut_off(proxy: int) -> None:
    opening = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
    assert left_open(proxy, opening, b"") == 0


@pytest.mark.prove
def test_without_the_proxy_they_would_stay(upstream: int) -> None:
    assert left_open(upstream, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a", 10) == DAWDLERS
