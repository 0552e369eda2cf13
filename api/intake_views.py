"""Answers of intake: results of a batch as they would have been alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from api.errors import STATUS
from gis.base.errors import Invalid, WanggeError
from gis.events.intake_batch import Result


def items_of(body: object) -> object:
    """The items of a batch; Invalid for a body that is no object of items alone."""
    if not isinstance(body, dict):
        raise Invalid("not_object", "应为 JSON 对象", "A batch is a JSON object")
    for key in body:
        if key != "items":
            shown = str(key)[:80].encode("utf-8", "replace").decode()
            raise Invalid("unknown_key", f"未知的键：{shown}", f"unknown key: {shown}", field=shown)
    return body.get("items")


def batch_answer(results: Sequence[Result]) -> bytes:
    """The body of a batch's answer; receipts are put in as they are stored, byte by byte."""
    texts, counts = [], {"new": 0, "again": 0, "refused": 0}
    for result in results:
        if result.receipt is not None:
            counts["again" if result.receipt.replay else "new"] += 1
            status = 200 if result.receipt.replay else 201
            texts.append(b'{"status":%d,"receipt":%b}' % (status, result.receipt.body))
        elif result.error is not None:
            counts["refused"] += 1
            texts.append(_refused(result.error))
    head = ",".join(f'"{name}":{count}' for name, count in counts.items())
    return b'{%b,"items":[%b]}' % (head.encode(), b",".join(texts))


def _refused(error: WanggeError) -> bytes:
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    problem: dict[str, Any] = {"code": error.code, "detail": error.zh, "detail_en": error.en}
    if error.field is not None:
        problem["field"] = error.field
    for name, value in error.facts.items():
        problem.setdefault(name, value)
    told = {"status": status, "problem": problem}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
