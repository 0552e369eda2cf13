"""Bodies of changes: strict JSON into a schema that refuses unknown members; every problem has a code."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header
from pydantic import BaseModel, ValidationError

from api.deps import json_body
from api.found import Codes, problem_of
from gis.base.errors import ConditionMissing, Invalid, Stale
from gis.formats import jsontext

Model = TypeVar("Model", bound=BaseModel)
_VERSION = re.compile(r'"v?([1-9][0-9]{0,9})"', re.ASCII)
# What pydantic calls it: our code, Chinese, English.
KINDS: Codes = {
    "extra_forbidden": ("unknown_key", "未知的键", "unknown key"),
    "missing": ("missing", "缺少此项", "required"),
    "string_type": ("not_text", "应为文字", "must be text"),
    "bool_type": ("not_bool", "应为 true 或 false", "must be true or false"),
    "int_type": ("not_number", "应为整数", "must be a whole number"),
    "string_too_long": ("text_too_long", "过长", "too long"),
    "string_too_short": ("text_empty", "不能为空", "must not be empty"),
    "string_unicode": ("bad_character", "含有不可用的字符", "contains a character that is not allowed"),
    "model_type": ("not_object", "应为对象", "must be an object"),
}


def read_model(kind: type[Model], value: Any) -> Model:
    """The body as `kind`; Invalid names the first problem, and all of them in `errors`.

    What no column can hold is refused here for all of them: `bad_character`, `out_of_range`.
    """
    try:
        read = kind.model_validate(value)
    except ValidationError as error:
        problems = [
            problem_of(found, found["loc"], KINDS, "bad_value")
            for found in error.errors(include_url=False, include_input=False)
        ]
    else:
        jsontext.require_storable(value)
        return read
    first = problems[0]
    more = {"errors": problems} if len(problems) > 1 else {}
    raise Invalid(first["code"], first["detail"], first["detail_en"], field=first["field"], **more)


def body_of(kind: type[Model]) -> Callable[..., Awaitable[Model]]:
    """A dependency that reads the body as `kind`, after the guard has let the caller in."""

    async def read(value: Annotated[Any, Depends(json_body)]) -> Model:
        return read_model(kind, value)

    return read


def told(kind: type[BaseModel]) -> Mapping[str, Any]:
    """What the OpenAPI document says of such a body."""
    schema = {"$ref": f"#/components/schemas/{kind.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


async def if_match(
    given: Annotated[str, Header(alias="If-Match", description='ETag, `"3"`', max_length=200)] = "",
) -> int:
    """The version a change was made from; 428 `if_match_required` without one, 412 `not_a_version` for what is none."""
    if not given:
        raise ConditionMissing(
            "if_match_required",
            "请在 If-Match 中带上所依据的版本（ETag）",
            "Send the version you changed in If-Match (its ETag)",
            field="If-Match",
        )
    found = _VERSION.fullmatch(given.strip())
    if found is None:
        raise Stale(
            "not_a_version",
            'If-Match 应为所依据的版本号，如 "3"（事件的 version，其他资源的 ETag；带引号；不能用 *）',
            'If-Match must be the version you changed, such as "3" (the `version` of an event, the ETag of other'
            " things; in quotation marks; not *)",
            field="If-Match",
        )
    return int(found[1])


IfMatch = Annotated[int, Depends(if_match)]
