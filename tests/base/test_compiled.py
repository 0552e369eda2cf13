"""Kernels run where nothing can be cached, and where saving the cache fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KERNEL = """
from gis.base.compiled import compiled
@compiled
def double(x):
    return 2 * x
print(double(21))
"""


def run(tmp_path: Path, code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "kernel.py"
    script.write_text(code)
    return subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_kernel_runs_without_any_folder_to_cache_in(tmp_path: Path) -> None:
    done = run(tmp_path, KERNEL, NUMBA_CACHE_DIR="/proc/nowhere")
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr


def test_a_kernel_is_cached_where_that_is_possible(tmp_path: Path) -> None:
    done = run(tmp_path, KERNEL, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    assert done.stdout.strip() == "42", done.stderr
    assert list((tmp_path / "cache").rglob("*.nbi"))


def test_a_cache_that_cannot_be_saved_costs_nothing_but_time(tmp_path: Path) -> None:
    full = KERNEL.replace(
        "@compiled",
        "import os\ndef no_space(*a): raise OSError(28, 'No space left on device')\nos.replace = no_space\n@compiled",
    )
    done = run(tmp_path, full, NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    assert (done.returncode, done.stdout.strip()) == (0, "42"), done.stderr
