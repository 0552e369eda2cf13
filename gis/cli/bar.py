"""Progress bars on the terminal; plain lines where the output is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gis.base.progress import Progress


@contextmanager
def bars() -> Iterator[Progress]:
    """A `Progress` that draws one bar a step on stderr; into a file or pipe it writes one line a step."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Drawing

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(console.file.write)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Drawing(*columns, console=console) as drawing:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = drawing.add_task(step, total=total or None)
            drawing.update(tasks[step], completed=done, total=total or None)

        yield report


def _lines(write: Callable[[str], object]) -> Progress:
    seen: set[str] = set()

    def report(step: str, done: int, total: int) -> None:
        if done >= total > 0 and step not in seen:
            seen.add(step)
            write(f"▸ {step}: {done}\n")

    return report
