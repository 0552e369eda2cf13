"""`python -m benchmarks [--only name] [--size town|district|city]`: the table and `build/bench.json`."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import traceback
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.harness import OUT, Row, merge

NAMES = (
    "assign",
    "assign_db",
    "geojson",
    "load",
    "circles",
    "polygon",
    "link",
    "cutoffs",
    "siting",
    "commit",
    "intake",
    "batch",
    "rls",
    "incremental",
    "deadlines",
    "kpi",
    "inbox",
)
SIZES = ("town", "district", "city")


def main(arguments: list[str] | None = None) -> int:
    """Run the named rows; 1 when one fails or answers differ, after the others have run."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help=f"one or more of {', '.join(NAMES)}, by comma")
    parser.add_argument("--size", choices=SIZES, default="city")
    parser.add_argument("--out", type=Path, default=OUT)
    asked = parser.parse_args(arguments)
    names = [name for name in (asked.only or "").split(",") if name] or list(NAMES)
    if unknown := sorted(set(names) - set(NAMES)):
        parser.error(f"unknown row: {', '.join(unknown)}; there are {', '.join(NAMES)}")
    console = Console(width=None if sys.stdout.isatty() else 150)
    rows, failed = [], []
    for name in names:
        if importlib.util.find_spec(f"benchmarks.{name}") is None:
            console.print(f"{name}: not there yet", style="yellow")
            continue
        try:
            made: Row | list[Row] = importlib.import_module(f"benchmarks.{name}").run(asked.size)
        except Exception:  # noqa: BLE001 - the other rows still run
            console.print(f"{name} failed", style="red")
            console.print(traceback.format_exc(), markup=False)
            failed.append(name)
            continue
        for row in made if isinstance(made, list) else [made]:
            rows.append(row)
            console.print(table_of(row))
    if rows:
        merge(rows, asked.out, keep=bool(asked.only))
        console.print(f"→ {asked.out}")
    return 1 if failed or not all(row.agree for row in rows) else 0


def table_of(row: Row) -> Table:
    """One row as a table: a line for each contestant."""
    agree = "answers agree" if row.agree else "[red]ANSWERS DIFFER[/red]"
    table = Table(
        title=f"{row.name} · {row.size} · {agree}", caption="\n".join(row.notes) or None, title_justify="left"
    )
    for heading in ("", "median s", "× ours", "runs", "set-up s"):
        table.add_column(heading, justify="left" if not heading else "right")
    for key in ("ours", *row.peers, "floor"):
        seconds = {"ours": row.ours_s, "floor": row.floor_s}.get(key, row.peers.get(key))
        if key == "floor" and seconds is None:
            continue
        table.add_row(
            key,
            "—" if seconds is None else f"{seconds:.4f}",
            "—" if seconds is None else f"{seconds / row.ours_s:.2f}",
            str(row.runs.get(key, "")),
            f"{row.setup_s[key]:.3f}" if key in row.setup_s else "",
        )
    return table


if __name__ == "__main__":
    raise SystemExit(main())
