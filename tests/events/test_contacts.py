"""Contacts are masked where they are stored."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

pytestmark = pytest.mark.db
MOBILE = "138" + "0000" + "5678"


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        (MOBILE, "138****5678"),
        (f"+86 {MOBILE[:3]}-{MOBILE[3:7]}-{MOBILE[7:]}", "138****5678"),
        (f"0086{MOBILE}", "138****5678"),
        (f"86{MOBILE}", "138****5678"),
        ("0451-12345678", "****5678"),
        ("12345678", "****5678"),
        ("1234567", "****567"),
        ("123456", "****"),
        ("110", "****"),
        ("+", "****"),
        (None, None),
    ],
)
def test_a_number_keeps_at_most_its_ends(session: Session, phone: str | None, masked: str | None) -> None:
    assert session.scalar(text("SELECT mask_phone(:p)"), {"p": phone}) == masked


@pytest.mark.parametrize(
    ("name", "masked"), [("张三", "张*"), ("欧阳某某", "欧*"), ("J", "J*"), ("𠮷野", "𠮷*"), (None, None)]
)
def test_a_name_keeps_its_first_character(session: Session, name: str | None, masked: str | None) -> None:
    assert session.scalar(text("SELECT mask_name(:n)"), {"n": name}) == masked
