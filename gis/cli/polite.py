"""How every command refuses: the reason in two languages and a non-zero exit, never a traceback."""

from __future__ import annotations

import sys
from typing import Any

from typer.core import TyperGroup

from gis.base.errors import InvalidFile, Unavailable, WanggeError
from gis.settings import Environment, Settings

REFUSED = 1
BROKEN_OFF = 2
SHOWN_PROBLEMS = 20
IDLE_TOO_LONG = "25P03"

# What is wrong with a setting, by the name its library gives to it.
_SAID = {
    "int_parsing": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "enum": "应为 {expected}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "string_too_long": "至多 {max_length} 个字符",
}

OVERLAP_HINT = (
    "重叠属实而仍要导入，请加 --allow-overlaps / to import areas that do overlap, add --allow-overlaps"
)


class PoliteGroup(TyperGroup):
    """A group whose commands may raise `WanggeError`: it is printed, and the command ends with 1 (2: no database)."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a refusal becomes a message."""
        try:
            return super().invoke(ctx)
        except WanggeError as error:
            print_refusal(error)
            ctx.exit(REFUSED)
        except KeyboardInterrupt:
            ctx.exit(130)
        except Exception as error:
            if (lost := database_failure(error)) is None:
                raise
            print_refusal(lost)
            ctx.exit(BROKEN_OFF)


def database_failure(error: Exception) -> Unavailable | None:
    """What to say of an error by which the database left a command alone; None for any other, a fault of ours."""
    if "sqlalchemy" not in sys.modules:  # who raised it did not import it: nor do we, it takes its time
        return None
    from sqlalchemy.exc import DBAPIError, OperationalError

    if not isinstance(error, DBAPIError):
        return None
    state = getattr(error.orig, "sqlstate", None) or ""
    gone = error.connection_invalidated or state == IDLE_TOO_LONG or state.startswith(("08", "57"))
    if not gone and not isinstance(error, OperationalError):
        return None
    reason = (str(error.orig).strip().splitlines() or [""])[0]
    return Unavailable(
        "database_failed",
        f"数据库中断了连接或未能完成，已存好的仍在，请重新运行同一命令：{reason}",
        f"the database closed the connection or could not finish; what was stored stays, run the command again: "
        f"{reason}",
    )


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


def read_settings(*, secrets: bool = True) -> Settings:
    """The settings of the environment; wrong ones end the command naming the variable.

    Without `secrets` those that production demands may be missing: for what starts and stops the database alone.
    """
    from pydantic import ValidationError

    try:
        return Settings() if secrets else Settings(environment=Environment.DEVELOPMENT)
    except ValidationError as error:
        from gis.base.errors import Invalid

        said = [_describe(item) for item in error.errors()]
        zh, en = "；".join(zh for zh, _ in said), "; ".join(en for _, en in said)
        raise Invalid("bad_settings", f"设置有误：{zh}", f"wrong settings: {en}") from error


def _describe(item: Any) -> tuple[str, str]:
    """What is wrong with a setting, in Chinese and in English."""
    own = (item.get("ctx") or {}).get("error")  # raised by a validator of ours, `中文 / English`
    en = item["msg"] if own is None else str(own)
    zh, both, rest = en.partition(" / ")
    if own is not None and both and not zh.isascii():
        en = rest
    else:
        zh = _SAID.get(item["type"], "值无效").format_map(item.get("ctx") or {})
    if not item["loc"]:  # about several: the message names them
        return zh, en
    name = "_".join(["WANGGE", *(str(part).upper() for part in item["loc"])])
    return f"{name}：{zh}", f"{name}: {en}"
