"""What each command reads of `data`; what it does not read is refused by name, so that nobody believes it was heard."""

from __future__ import annotations

_WHICH = frozenset({"standard", "condition"})
_DECIDES = frozenset({"answers", "owner"})
_ENDS = frozenset({"closure", "outcome", "reply"})
MEMBERS_OF: dict[str, frozenset[str]] = {
    "file": _WHICH | _DECIDES,
    "dispatch": frozenset({"department"}),
    "assign": frozenset({"handler"}),
    "feedback": frozenset({"outcome"}),
    "close": _ENDS,
    "force_close": _ENDS,
    "reject": frozenset({"reply"}),
    "cancel": frozenset({"reply"}),
    "send_down": frozenset({"area"}),
    "request_suspension": frozenset({"until"}),
    "suspend": frozenset({"until"}),
    "supervise": frozenset({"card"}),
    "co_handle": frozenset({"departments"}),
    "co_release": frozenset({"departments"}),
    "merge": frozenset({"into"}),
    "correct": _WHICH | _DECIDES | {"category", "grid", "geometry", "coord_sys"},
    "call_back": frozenset({"reached", "answered", "satisfied", "solved"}),
    "rate": frozenset({"score", "solved"}),
}
# Every member there is.
DATA = frozenset().union(*MEMBERS_OF.values())


def members_of(command: str) -> frozenset[str]:
    """The members of `data` that a command reads."""
    return MEMBERS_OF.get(command, frozenset())
