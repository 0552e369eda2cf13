"""The error tree: every refusal has a stable code and says why in Chinese and English.

Services raise these and never know HTTP; the web edge maps each kind to a status.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


class WanggeError(Exception):
    """Root of all refusals.

    `code` is stable and machine-readable, `zh` and `en` say the reason to a person, `field` names the
    input it is about, and `facts` are the values a client may want (never secrets, never a stack). `noted`: whoever
    raised it has put it into the audit already.
    """

    noted = False

    def __init__(self, code: str, zh: str, en: str, *, field: str | None = None, **facts: Any) -> None:
        super().__init__(f"{code}: {zh} / {en}")
        self.code = code
        self.zh = zh
        self.en = en
        self.field = field
        self.facts = facts


class Invalid(WanggeError):
    """The input breaks a rule (422)."""


class NotFound(WanggeError):
    """There is no such thing, or not for this reader (404)."""


class Conflict(WanggeError):
    """The input contradicts what is stored (409)."""


class Unauthenticated(WanggeError):
    """Nobody is logged in, or what was shown to prove it is not good (401)."""


class Forbidden(WanggeError):
    """Somebody is known, and may not (403)."""


class ConditionMissing(WanggeError):
    """A change does not say which version it was made from (428)."""


class Stale(WanggeError):
    """A change was made from another version than the stored one (412)."""


class TooMany(WanggeError):
    """Asked too often; `retry_after_s` in its facts says when to come back (429)."""


class TooLarge(WanggeError):
    """The input is bigger than a stated limit (413)."""


class Unsupported(WanggeError):
    """The kind of file or media is not accepted (415)."""


class Unavailable(WanggeError):
    """Something this needs is missing or busy; trying again later may help (503)."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one row of an input. `row` counts from 1, header excluded; None is the whole file."""

    row: int | None
    field: str | None
    code: str
    zh: str
    en: str
    value: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The problem as plain values for JSON."""
        return asdict(self)


class InvalidFile(Invalid):
    """A file with problems: all of them are collected, then raised once, and nothing is stored."""

    def __init__(self, problems: Sequence[Problem], *, rows: int | None = None) -> None:
        first = problems[0]
        super().__init__(
            "invalid_file",
            f"文件中有 {len(problems)} 处问题，未导入任何数据；第一处：{first.zh}",
            f"{len(problems)} problems in the file, nothing was imported; the first: {first.en}",
            rows=rows,
        )
        self.problems = list(problems)
