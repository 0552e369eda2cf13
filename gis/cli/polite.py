"""How every command refuses: the reason in two languages and a non-zero exit, never a traceback."""

from __future__ import annotations

import sys
from typing import Any

from typer.core import TyperGroup

from gis.base.errors import InvalidFile, WanggeError
from gis.settings import Settings

REFUSED = 1
SHOWN_PROBLEMS = 20

OVERLAP_HINT = (
    "重叠属实而仍要导入，请加 --allow-overlaps / to import areas that do overlap, add --allow-overlaps"
)


class PoliteGroup(TyperGroup):
    """A group whose commands may raise `WanggeError`; it is printed and the command ends with 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a refusal becomes a message."""
        try:
            return super().invoke(ctx)
        except WanggeError as error:
            print_refusal(error)
            ctx.exit(REFUSED)
        except KeyboardInterrupt:
            ctx.exit(130)


def print_refusal(error: WanggeError) -> None:
    """The reason on stderr, Chinese first; of a bad file its rows as well."""
    lines = [f"错误 / error [{error.code}]", f"  {error.zh}", f"  {error.en}"]
    if isinstance(error, InvalidFile):
        for problem in error.problems[:SHOWN_PROBLEMS]:
            place = "文件 / file" if problem.row is None else f"第 {problem.row} 行 / row {problem.row}"
            lines.append(f"  {place} {problem.field or ''} [{problem.code}] {problem.zh} / {problem.en}")
            if problem.value:
                lines[-1] += f" ({problem.value})"
        if len(error.problems) > SHOWN_PROBLEMS:
            rest = len(error.problems) - SHOWN_PROBLEMS
            lines.append(
                f"  … 另有 {rest} 处，全部见 --report 文件 / {rest} more, --report FILE holds them all"
            )
        if any(problem.code == "overlap" for problem in error.problems):
            lines.append("  " + OVERLAP_HINT)
    sys.stderr.write("\n".join(lines) + "\n")


def read_settings() -> Settings:
    """The settings of the environment; wrong ones end the command naming the variable."""
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        from gis.base.errors import Invalid

        said = "; ".join(_describe(item) for item in error.errors())
        raise Invalid("bad_settings", f"设置有误：{said}", f"wrong settings: {said}") from error


def _describe(item: Any) -> str:
    name = "_".join(["WANGGE", *(str(part).upper() for part in item["loc"])]) if item["loc"] else "WANGGE_*"
    return f"{name}: {item['msg']}"
