"""Text that people type about accounts: trimmed, and without what no database stores or no reader sees."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from gis.accounts.model import RESERVED_NAMES, NewAccount
from gis.base.errors import Invalid

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
LONGEST_NAME = 100
# Letters of one look only: those of other scripts pass for these.
NAME_SIGNS = "0-9A-Za-z\u3007\u3400-\u9fff\U00020000-\U0003ffff"
_NAME = re.compile(f"[{NAME_SIGNS}][{NAME_SIGNS}_.@-]{{1,63}}")


def read_text(value: str, field: str, longest: int = 200) -> str:
    """The text trimmed; Invalid `bad_character`, `text_empty`, `text_too_long`."""
    plain = value.strip()
    if any(unicodedata.category(sign) in UNSEEN for sign in plain):
        raise Invalid(
            "bad_character",
            "含有不可用的字符",
            "It contains a character that is not allowed",
            field=field,
        )
    if not plain:
        raise Invalid("text_empty", "不能为空", "It must not be empty", field=field)
    if len(plain) > longest:
        raise Invalid("text_too_long", f"至多 {longest} 个字符", f"{longest} characters at most", field=field)
    return plain


def fold_name(name: str) -> str:
    """The one form in which user names are compared: asked for, looked up and counted in this form alone."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def read_new_account(new: NewAccount) -> NewAccount:
    """The account as it is stored. Raises Invalid `bad_username`, `bad_identity`, and as `read_text`."""
    username = unicodedata.normalize("NFKC", new.username.strip())
    display_name = read_text(new.display_name, "display_name", LONGEST_NAME)
    if not _NAME.fullmatch(username) or fold_name(username) in RESERVED_NAMES:
        raise Invalid(
            "bad_username",
            "用户名为 2 至 64 个字母、汉字、数字或 . _ @ -，以字母、汉字或数字开头；字母仅限英文",
            "A user name has 2 to 64 English letters, Chinese characters, digits or . _ @ - and begins with none of these",
            field="username",
        )
    if bool(new.issuer) != bool(new.subject):
        raise Invalid(
            "bad_identity",
            "外部身份须同时给出签发者与标识",
            "An outside identity has both an issuer and a subject",
            field="subject",
        )
    issuer = read_text(new.issuer, "issuer", 300) if new.issuer else None
    subject = read_text(new.subject, "subject", 255) if new.subject else None
    return replace(new, username=username, display_name=display_name, issuer=issuer, subject=subject)
