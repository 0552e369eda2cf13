"""A command as it came over the wire, read strictly: every problem has a code and a place."""

from __future__ import annotations

import json
import math
import unicodedata
import uuid
from collections.abc import Mapping
from typing import Any

from gis.base.datum import CoordSys
from gis.base.errors import Invalid
from gis.events.readers import choice_reader, read_instant, read_number, read_string, read_uuid7
from gis.events.workflow.lint import COMMANDS
from gis.events.workflow.members import DATA, members_of
from gis.events.workflow.model import Command, Evidence, Position
from gis.events.workflow.words import step_words

LONGEST_TEXT = 2000
LONGEST_REASON = 500
LONGEST_DATA_BYTES = 8192
MOST_PHOTOS = 9
SLOTS = ("before", "after", "check", "other")
# Steps that end a matter: they may say something to those who reported it.
REPLIES = frozenset({"close", "force_close", "reject", "cancel"})
MEMBERS = frozenset({
    "id", "command", "text", "reason", "occurred_at", "after", "position", "photos", "data", "base_version", "event",
})  # fmt: skip


def read_command(raw: object, event: str | None = None, base_version: int | None = None) -> Command:
    """The command a JSON object says; `event` and `base_version` where the address and a header say them.

    Raises Invalid with the code of the first problem. A version that is not said is 0: the service asks for it.
    """
    if not isinstance(raw, Mapping):
        raise Invalid("not_object", "应为 JSON 对象", "must be a JSON object")
    for key in raw:
        if key not in MEMBERS or (key == "event" and event is not None):
            shown = str(key)[:80].encode("utf-8", "replace").decode()
            raise Invalid("unknown_key", f"未知的键：{shown}", f"unknown key: {shown}", field=shown)
    given = {key: value for key, value in raw.items() if value is not None}
    found = Command(
        id=read_uuid7(given.get("id"), "id"),
        event_id=_event(event if event is not None else given.get("event")),
        name=read_string(given.get("command"), "command", longest=24),
        base_version=_version(given["base_version"], base_version)
        if "base_version" in given
        else base_version or 0,
        text=_words(given, "text", LONGEST_TEXT),
        reason=_words(given, "reason", LONGEST_REASON),
        occurred_at=read_instant(given["occurred_at"], "occurred_at") if "occurred_at" in given else None,
        after=read_uuid7(given["after"], "after") if "after" in given else None,
        position=_position(given["position"]) if "position" in given else None,
        photos=_photos(given.get("photos", [])),
        data=_data(given.get("data", {})),
    )
    if "reply" in found.data and found.name not in REPLIES:
        raise Invalid(
            "reply_not_expected",
            "只有结案、强制结案、不予受理、作废带给上报人的答复",
            "Only close, force_close, reject and cancel carry a reply",
            field="data.reply",
        )
    _require_read(found)
    if found.after == found.id:
        raise Invalid("after_itself", "命令不能排在自己之后", "A command cannot follow itself", field="after")
    return found


def _require_read(command: Command) -> None:
    """Invalid `data_not_expected` for a member of `data` that the command does not read: it would change nothing."""
    reads = members_of(command.name)
    for key, value in command.data.items():
        if key not in reads and value is not None and command.name in COMMANDS:
            zh, en = step_words(command.name)
            raise Invalid(
                "data_not_expected",
                f"“{zh}”不用 {key}，请去掉",
                f"“{en}” does not take {key}; leave it out",
                field=f"data.{key}",
                takes=sorted(reads),
            )


def _event(value: object) -> uuid.UUID:
    """An event's id; what is none belongs to no event, as everywhere."""
    try:
        return uuid.UUID(str(value))
    except ValueError:
        raise Invalid(
            "bad_event", "应为事件编号（UUID）", "must be the id of an event", field="event"
        ) from None


def _version(value: object, header: int | None) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid("not_number", "应为整数", "must be a whole number", field="base_version")
    if not 1 <= value < 2**31:
        raise Invalid(
            "out_of_range",
            "事件的版本从 1 起，请用读到的 version",
            "versions of events count from 1; send the version you read",
            field="base_version",
        )
    if header is not None and value != header:
        raise Invalid(
            "two_versions", "If-Match 与 base_version 不一致", "If-Match and base_version differ", field="base_version"
        )  # fmt: skip
    return value


def _words(given: Mapping[str, Any], field: str, longest: int) -> str | None:
    return read_string(given[field], field, longest=longest) if field in given else None


def _position(value: object) -> Position:
    if not isinstance(value, Mapping) or set(value) - {"lon", "lat", "coord_sys", "accuracy_m"}:
        raise Invalid(
            "not_position", "应为 lon、lat、coord_sys、accuracy_m", "must be lon, lat, coord_sys, accuracy_m",
            field="position",
        )  # fmt: skip
    accuracy = value.get("accuracy_m")
    return Position(
        read_number(value.get("lon"), "position.lon", least=-180, most=180),
        read_number(value.get("lat"), "position.lat", least=-90, most=90),
        str(choice_reader(CoordSys)(value.get("coord_sys"), "position.coord_sys")),
        None if accuracy is None else read_number(accuracy, "position.accuracy_m", least=0, most=100_000),
    )


def _photos(value: object) -> tuple[Evidence, ...]:
    if not isinstance(value, list) or len(value) > MOST_PHOTOS:
        raise Invalid(
            "bad_photos", f"应为最多 {MOST_PHOTOS} 张照片", f"must be at most {MOST_PHOTOS} photos", field="photos"
        )  # fmt: skip
    found = tuple(_photo(one) for one in value)
    if len(set(found)) != len(found):
        raise Invalid("photo_twice", "照片重复", "A photo is named twice", field="photos")
    return found


def _photo(value: object) -> Evidence:
    if isinstance(value, Mapping) and set(value) == {"slot", "sha256"}:
        slot, sha256 = value["slot"], value["sha256"]
        if (
            slot in SLOTS
            and isinstance(sha256, str)
            and len(sha256) == 64
            and not set(sha256) - set("0123456789abcdef")
        ):
            return Evidence(slot, sha256)
    raise Invalid("bad_photos", "照片应写明 slot 与 sha256", "A photo is its slot and sha256", field="photos")


def _data(value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid("not_object", "data：应为对象", "data: must be an object", field="data")
    plain = dict(value)
    for key in plain:
        if key not in DATA:
            shown = f"data.{key}"[:80].encode("utf-8", "replace").decode()
            raise Invalid("unknown_key", f"未知的键：{shown}", f"unknown key: {shown}", field=shown)
    if plain.get("reply") is None:
        plain.pop("reply", None)
    else:
        plain["reply"] = read_string(plain["reply"], "data.reply", longest=LONGEST_REASON)
    _storable(plain)
    if len(json.dumps(plain, ensure_ascii=False).encode()) > LONGEST_DATA_BYTES:
        raise Invalid("data_too_large", "data 过大", "data is too large", field="data")
    return plain


def _storable(value: object) -> None:
    """Texts the log can keep and finite numbers, all the way down."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _storable(key)
            _storable(item)
    elif isinstance(value, list):
        for item in value:
            _storable(item)
    elif isinstance(value, str):
        if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in value):
            raise Invalid(
                "bad_character", "含有不可用的字符", "contains a character that is not allowed", field="data"
            )
    elif isinstance(value, float) and not math.isfinite(value):
        raise Invalid("not_number", "应为数字", "must be a number", field="data")
    elif isinstance(value, int) and abs(value) > 2**53:
        raise Invalid("out_of_range", "数字过大", "the number is too large", field="data")
