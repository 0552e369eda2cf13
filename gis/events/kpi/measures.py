"""The measures that steps add to: small numbers in the database, names here.

The flow of cases (案件流) is attributed to the day a case was opened, so that a rate never mixes two groups of cases.
Punctuality is attributed to the day a stage was due (应完成).
"""

from __future__ import annotations

from enum import IntEnum


class Flow(IntEnum):
    """Cases opened on a day, and what became of them; each case counts once a measure."""

    REPORTED = 1
    ACCEPTED = 2
    VERIFIED = 3
    FILED = 4
    SELF_HANDLED = 5
    REJECTED = 6
    CANCELLED = 7
    MERGED = 8
    DISPATCHED = 9
    RETURNED = 10
    """Refused or sent back at least once: the dispatch was not accurate."""
    HANDLED = 11
    REWORKED = 12
    CLOSED = 13
    OBJECTED = 14
    EXTENDED = 15
    SUSPENDED = 16
    URGED = 17
    VALID = 18
    """Filed, or handled on the spot."""
    INVALID = 19
    """Rejected, cancelled or merged before it was ever valid: duplicates count as invalid."""


class Voice(IntEnum):
    """What reporters say: ratings on the day their round ended, calls on the day they were made."""

    ROUNDS = 30
    """Rounds that closed: each could have been rated."""
    RATED = 31
    RATED_SATISFIED = 32
    RATED_ON_SOLVED = 33
    RATED_SOLVED = 34
    CALLED = 35
    REACHED = 36
    ASKED_ANSWERED = 37
    ANSWERED = 38
    ASKED_SATISFIED = 39
    SATISFIED = 40
    ASKED_SOLVED = 41
    SOLVED = 42


class Stage(IntEnum):
    """Stages with a limit of their own; `TOTAL` is the promise to the reporter."""

    TOTAL = 0
    ACCEPT = 1
    VERIFY = 2
    FILE = 3
    DISPATCH = 4
    SIGN = 5
    HANDLE = 6
    INSPECT = 7
    CHECK = 8
    """From the handler's feedback to the decision whether it is inspected."""


class Part(IntEnum):
    """The five-part pattern 应/完成/按时/超时/在办 is made of these, counted on the day a stage was due."""

    IN_TIME = 0
    LATE = 1
    OPEN = 2
    EXEMPT = 3
    """Late or open, and taken out of the base by a granted appeal; the fact stays on record."""


STAGE_BASE, STAGE_STEP = 100, 10


def measure_of(stage: Stage, part: Part) -> int:
    """The number of one part of one stage."""
    return STAGE_BASE + STAGE_STEP * stage + part
