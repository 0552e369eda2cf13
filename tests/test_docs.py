"""The documents agree with the program: links, commands and options, make targets, settings, error codes, addresses."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
from click import Command
from starlette.routing import Match

from api.app import create_app
from gis.cli.main import app
from gis.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SOURCES = ("gis", "api")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def documents() -> list[Path]:
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_document = pytest.mark.parametrize("path", documents(), ids=name_of)


def code_lines(text: str) -> Iterator[str]:
    """Lines of fenced blocks, continued ones joined, and code spans of the rest."""
    for _, block in FENCE.findall(text):
        yield from block.replace("\\\n", " ").splitlines()
    yield from CODE_SPAN.findall(FENCE.sub("", text))


def broken_links(path: Path, text: str) -> list[str]:
    found = []
    for link in LINK.findall(text):
        target = link.partition("#")[0]
        if target and "://" not in target and not (path.parent / target).exists():
            found.append(link)
    return found


@cache
def commands() -> dict[str, Command]:
    """Every command by its whole name; groups as well."""
    found: dict[str, Command] = {}

    def walk(command: Command, name: str) -> None:
        found[name] = command
        for part, below in getattr(command, "commands", {}).items():
            walk(below, f"{name} {part}".strip())

    walk(typer.main.get_command(app), "")
    return found


def wrong_command(line: str) -> str | None:
    """What is wrong with a line that runs `wangge …`; None when nothing is, or it runs something else."""
    found = re.match(r"(?:[A-Z_]+=\S+ +)*(?:\.venv/bin/)?wangge (.+)", line.strip())
    if not found or "|" in found[1]:
        return None
    words = shlex.split(found[1].replace("…", ""), comments=True)
    name, rest = "", list(words)
    while rest and f"{name} {rest[0]}".strip() in commands():
        name = f"{name} {rest.pop(0)}".strip()
    if rest == ["--help"]:
        return None
    if not name or (getattr(commands()[name], "commands", {}) and rest):
        return f"no command {' '.join(words[:2])}"
    known = {"--help", *(option for parameter in commands()[name].params for option in parameter.opts)}
    options = [word.partition("=")[0] for word in rest if word.startswith("--")]
    unknown = [option for option in options if option not in known]
    return f"{name} has no {' '.join(unknown)}" if unknown else None


@cache
def words_of_the_code() -> frozenset[str]:
    """Every string literal of the product."""
    trees = (
        ast.parse(file.read_text(encoding="utf-8"))
        for part in SOURCES
        for file in ROOT.glob(f"{part}/**/*.py")
    )
    found = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(word for word in found if isinstance(word, str))


def codes_of(text: str) -> list[str]:
    """The codes of the first column of the table of errors."""
    table = text[text.index("| code | status |") :]
    return [
        code
        for line in table.splitlines()[2:]
        if line.startswith("|")
        for code in CODE_SPAN.findall(line.split("|")[1])
    ]


def is_raised(code: str) -> bool:
    """Whether the code is a literal, or `unknown_` and the name of a filter, as `api.filters` makes them."""
    filters = {f"unknown_{name}" for name in ("status", "urgency", "source", "box", "due", "sort")}
    return code in words_of_the_code() or code in filters


@each_document
def test_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path, path.read_text(encoding="utf-8")) == []


@each_document
def test_commands_and_options_exist(path: Path) -> None:
    lines = code_lines(path.read_text(encoding="utf-8"))
    assert [wrong for line in lines if (wrong := wrong_command(line))] == []


@each_document
def test_make_targets_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = [
        found[1]
        for line in code_lines(path.read_text(encoding="utf-8"))
        if (found := re.match(r"(?:[A-Z_]+=\S+ +)*make ([a-z-]+)", line.strip()))
    ]
    assert [name for name in named if name not in targets] == []


def test_settings_are_all_told_and_no_more() -> None:
    rows = re.findall(
        r"^\| `(WANGGE_[A-Z_]+)` \|", (DOCS / "settings.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(rows) == sorted(f"WANGGE_{name.upper()}" for name in Settings.model_fields)


def test_error_codes_are_those_of_the_code() -> None:
    codes = codes_of((DOCS / "api.md").read_text(encoding="utf-8"))
    assert len(codes) > 60
    assert len(codes) == len(set(codes))
    assert [code for code in codes if not is_raised(code)] == []


def parameters_of(spec: dict[str, Any], path: str, method: str) -> set[str]:
    """The parameters of the route that serves `path`; of several the one with the fewest placeholders."""
    fitting = [one for one in spec if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", one), path)]
    best = min(fitting, key=lambda one: one.count("{"))
    return {parameter["name"] for parameter in spec[best][method].get("parameters", [])}


def test_addresses_of_the_examples_are_served() -> None:
    """Every curl line names a route that takes its method and its parameters."""
    served = create_app(Settings())
    spec = served.openapi()["paths"]
    lines = [
        line for line in code_lines((DOCS / "api.md").read_text(encoding="utf-8")) if line.startswith("curl ")
    ]
    assert len(lines) > 12
    for line in lines:
        url = urlsplit(next(word for word in shlex.split(line) if "://" in word))
        method = "POST" if "-X POST" in line else "GET"
        scope = {"type": "http", "path": url.path, "method": method, "root_path": ""}
        assert any(one.matches(scope)[0] is Match.FULL for one in served.routes), line
        asked = {pair.partition("=")[0] for pair in url.query.split("&") if pair}
        assert not asked or asked <= parameters_of(spec, url.path, method.lower()), line


def test_every_document_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    others = [
        path for path in DOCS.rglob("*.md") if path.parent.name != "decisions" and path.name != "README.md"
    ]
    assert [name_of(path) for path in others if path.relative_to(DOCS).as_posix() not in index] == []


def test_the_checks_see_a_wrong_document() -> None:
    """The controls: each check fails on a fault planted for it."""
    assert broken_links(DOCS / "api.md", "[a](nowhere.md) [b](../README.md) [c](https://x.example)") == [
        "nowhere.md"
    ]
    assert wrong_command("wangge import areas f.shp --level grid") == "import areas has no --level"
    assert wrong_command("wangge sitting f.shp") == "no command sitting f.shp"
    assert wrong_command("WANGGE_PORT=1 .venv/bin/wangge import areas f.shp --set level=grid") is None
    assert not is_raised("no_such_error")
