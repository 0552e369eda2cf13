"""The rules of the house that a linter cannot know: sizes, where EPSG codes live, who may open files."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("gis", "api", "layers", "web", "sample_data", "benchmarks")
FILE_WALL, FUNCTION_WALL = 400, 60


def tracked(*suffixes: str) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [n for n in listing.stdout.splitlines() if n.endswith(suffixes)]
    return [ROOT / n for n in names if n.split("/", 1)[0] in OURS and (ROOT / n).exists()]


def long_functions(source: str) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno
            if lines > FUNCTION_WALL:
                yield node.name, lines


def commits_after_yield(source: str) -> list[str]:
    """Names of functions that commit after a `yield`: such a dependency answers before the commit."""
    guilty = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yields = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Yield)]
        commits = [
            n.lineno
            for n in ast.walk(node)
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "commit"
        ]
        if yields and any(line > min(yields) for line in commits):
            guilty.append(node.name)
    return guilty


def test_no_file_is_longer_than_the_wall() -> None:
    sizes = {
        p.relative_to(ROOT): len(p.read_text("utf-8").splitlines())
        for p in tracked(".py", ".js", ".css", ".sql")
    }
    assert not {str(p): n for p, n in sizes.items() if n > FILE_WALL}


def test_no_function_is_longer_than_the_wall() -> None:
    found = {
        f"{p.relative_to(ROOT)}:{name}": lines
        for p in tracked(".py")
        if "migrations" not in p.parts
        for name, lines in long_functions(p.read_text("utf-8"))
    }
    assert not found


def test_the_function_wall_can_be_seen() -> None:
    tall = "def f():\n" + "    x = 1\n" * (FUNCTION_WALL + 2)
    assert list(long_functions(tall)) == [("f", FUNCTION_WALL + 2)]


def test_epsg_codes_live_in_one_file() -> None:
    pattern = re.compile(r"EPSG:\d|\b(?:4326|4490|3857|45[1-5]\d)\b")
    found = []
    for path in tracked(".py"):
        parts = path.relative_to(ROOT).parts
        if parts[0] == "benchmarks" or "migrations" in parts or parts == ("gis", "base", "crs.py"):
            continue  # peers are written as their users write them; migrations are history
        tree = ast.parse(path.read_text("utf-8"))
        numbers = {
            n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, int)
        }
        strings = [
            n.value
            for n in ast.walk(tree)
            if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value.startswith("EPSG:")
        ]
        if numbers & {4326, 4490, 3857} or any(pattern.search(s) for s in strings):
            found.append(str(path.relative_to(ROOT)))
    assert not found


def test_no_dependency_commits_after_it_yields() -> None:
    found = {str(p.relative_to(ROOT)): commits_after_yield(p.read_text("utf-8")) for p in tracked(".py")}
    assert not {p: names for p, names in found.items() if names}


def test_a_commit_after_yield_can_be_seen() -> None:
    assert commits_after_yield("def db():\n    yield s\n    s.commit()\n") == ["db"]
    assert commits_after_yield("def db():\n    s.commit()\n    yield s\n") == []


@pytest.mark.parametrize("sink", ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("])
def test_our_scripts_never_write_html_from_text(sink: str) -> None:
    found = [
        str(p.relative_to(ROOT))
        for p in tracked(".js", ".html")
        if "node_modules" not in p.parts and sink in p.read_text("utf-8")
    ]
    assert not found


def test_pages_name_no_other_host() -> None:
    pattern = re.compile(
        r"""(?:src|href)\s*=\s*["']?https?://|url\(\s*["']?https?://|\bcdn\.|unpkg|jsdelivr"""
    )
    pages = [
        p
        for p in tracked(".py", ".js", ".css", ".html", ".svg")
        if p.relative_to(ROOT).parts[0] != "benchmarks"
    ]
    found = [str(p.relative_to(ROOT)) for p in pages if pattern.search(p.read_text("utf-8"))]
    assert not found
    assert pattern.search('<script src="https://cdn.example/x.js">')


def test_every_statement_says_its_purpose() -> None:
    missing = [str(p.relative_to(ROOT)) for p in tracked(".sql") if not p.read_text("utf-8").startswith("--")]
    assert not missing
