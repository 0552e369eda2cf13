"""`wangge sample`: write the invented district (or the small town, or a city for benchmarks) as files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Size(StrEnum):
    """How large a sample is."""

    TOWN = "town"
    DISTRICT = "district"
    CITY = "city"


def register(app: typer.Typer) -> None:
    """Add `wangge sample`."""
    app.command(
        help="生成虚构示例数据：town 60 网格、district 573 网格、city 20 000 网格"
        " / write the invented sample; the same seed gives the same bytes."
    )(sample)


def sample(
    out: Annotated[Path, typer.Option(help="输出目录 / directory to write into.")],
    size: Annotated[Size, typer.Option(help="规模 / how large.")] = Size.DISTRICT,
    seed: Annotated[int, typer.Option(min=0, help="随机种子 / seed.")] = 1,
) -> None:
    """Generate and write a sample, say what is being done, and print its summary."""
    from time import perf_counter

    from rich.console import Console
    from rich.table import Table

    from sample_data.generate import generate
    from sample_data.write import total_bytes, write

    console = Console()
    start = perf_counter()
    with console.status("…") as status:
        made = generate(size.value, seed, status.update)
        status.update("写入文件 / writing files")
        files = write(made, out)
    table = Table(title="虚构示例·非真实区划 / invented sample", show_header=False)
    for key, value in made.summary.items():
        table.add_row(key, f"{value:,}" if isinstance(value, int) else str(value))
    console.print(table)
    console.print(
        f"{len(files)} 个文件 / files, {total_bytes(files) / 1e6:.1f} MB, "
        f"{perf_counter() - start:.1f} s → {out}",
        highlight=False,
        soft_wrap=True,
    )
