"""Notices one reads in the product, and the subscribers outside that are sent messages."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from gis.accounts.audit import record
from gis.accounts.reach import area_named
from gis.accounts.secret import seal
from gis.base.errors import Invalid, NotFound
from gis.db.engine import unit_of_work
from gis.db.scope import outside_scope
from gis.db.sql import load
from gis.db.visible import put_scope, scope_of_session
from gis.events.workflow.lint import COMMANDS
from gis.jobs.channels import PURPOSE, is_allowed
from gis.settings import Settings

PACKAGE = "gis.events.notices"
MOST_MARKED = 200
MOST_TOPICS = 20
SECRET_BYTES = 32
TOPICS: Mapping[str, frozenset[str]] = {
    "event": COMMANDS | {"reported"},
    "clock": frozenset({"warned", "overdue", "refused", "stuck"}),
    "whistle": frozenset({
        "blow", "approve", "deny", "withdraw", "accept", "arrive", "witness", "plan", "resolve", "return", "rate",
        "lapse", "release", "appeal", "grant_appeal", "deny_appeal",
    }),
    "inspection": frozenset({"assigned"}),
}  # fmt: skip
"""What is told, by room: the topic is `room.word`; a room's name alone stands for all of its topics, `*` for all."""
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+", re.ASCII)


@dataclass(frozen=True, slots=True)
class NoticePage:
    """JSON texts of a page, how many one has not read, and the last of the page when more follow."""

    items: list[str]
    unread: int
    next: int | None


@dataclass(frozen=True, slots=True)
class NewSubscriber:
    """Who is to be sent what: `topics` of the area and all below it."""

    channel: str
    name: str
    address: str
    topics: tuple[str, ...]
    area: str


def list_notices(engine: Engine, *, unread: bool, limit: int, before: int | None = None) -> NoticePage:
    """A page of one's own notices, the latest first."""
    with unit_of_work(engine) as session:
        values = {"before": before, "only_unread": unread, "count": limit + 1}
        source, scope = put_scope(load(PACKAGE, "notices").text, scope_of_session(session))
        rows = session.execute(text(source), values | scope).all()
        count = _unread(session)
    return NoticePage(
        [row.item for row in rows[:limit]], count, rows[limit - 1].id if len(rows) > limit else None
    )


def mark_read(engine: Engine, ids: Sequence[int] = (), up_to: int | None = None) -> tuple[int, int]:
    """Mark one's own notices as read, those named or all up to one: how many there were, how many are left."""
    with unit_of_work(engine) as session:
        values = {"ids": list(ids), "up_to": up_to}
        marked = int(session.scalar(load(PACKAGE, "notices_read"), values) or 0)
        return marked, _unread(session)


def _unread(session: Session) -> int:
    return int(session.scalar(load(PACKAGE, "notices_unread")) or 0)


def list_subscribers(engine: Engine) -> str:
    """Subscribers of the areas one sets rules for, as JSON text; never their secrets."""
    with unit_of_work(engine) as session:
        return str(session.scalar(load(PACKAGE, "subscribers")))


def subscribe(engine: Engine, settings: Settings, new: NewSubscriber) -> tuple[int, str | None]:
    """Add a subscriber: its number, and the secret its messages are signed with, which is told this once.

    Raises Invalid `bad_topic`, `bad_address`, `host_not_allowed`, `mail_off`, `unknown_area`, Forbidden
    `outside_scope`.
    """
    _check(settings, new)
    secret = secrets.token_urlsafe(SECRET_BYTES) if new.channel == "webhook" else None
    with unit_of_work(engine) as session:
        area = area_named(session, new.area, "area")
        if not session.scalar(load(PACKAGE, "rules_held"), {"area_id": area.id}):
            raise outside_scope()
        values = {
            "channel": new.channel,
            "name": new.name,
            "address": new.address,
            "secret": None if secret is None else seal(settings, PURPOSE, secret.encode()),
            "topics": list(new.topics),
            "area_id": area.id,
        }
        number = int(session.execute(load(PACKAGE, "subscribe"), values).scalar_one())
        details: dict[str, Any] = {"channel": new.channel, "name": new.name, "topics": list(new.topics)}
        record(session, "subscriber.create", "subscriber", number, area_id=area.id, details=details)
    return number, secret


def unsubscribe(engine: Engine, number: int) -> None:
    """End a subscriber: nothing more is sent, what was sent stays on record. NotFound `no_such_subscriber`."""
    with unit_of_work(engine) as session:
        area = session.scalar(load(PACKAGE, "unsubscribe"), {"id": number})
        if area is None:
            raise no_such_subscriber()
        record(session, "subscriber.end", "subscriber", number, area_id=int(area))


def change_subscriber(engine: Engine, number: int, *, active: bool) -> None:
    """Stop a subscriber or let it go on: what happens while it is stopped is not sent afterwards.

    Raises NotFound `no_such_subscriber`.
    """
    with unit_of_work(engine) as session:
        area = session.scalar(load(PACKAGE, "subscriber_change"), {"id": number, "active": active})
        if area is None:
            raise no_such_subscriber()
        record(
            session, "subscriber.update", "subscriber", number, area_id=int(area), details={"active": active}
        )


def list_deliveries(engine: Engine, number: int, *, count: int) -> list[dict[str, Any]]:
    """What became of the latest messages of a subscriber. NotFound `no_such_subscriber`."""
    with unit_of_work(engine) as session:
        _area_of(session, number)
        rows = session.execute(load(PACKAGE, "deliveries"), {"id": number, "count": count})
        return [dict(row._mapping) for row in rows]


def send_again(engine: Engine, number: int, delivery: UUID | None = None) -> int:
    """Let what a subscriber did not take be sent anew, one delivery or all; how many. NotFound `no_such_subscriber`."""
    with unit_of_work(engine) as session:
        area = _area_of(session, number)
        made = int(session.scalar(load(PACKAGE, "send_again"), {"id": number, "delivery": delivery}) or 0)
        record(session, "subscriber.resend", "subscriber", number, area_id=area, details={"deliveries": made})
        return made


def _area_of(session: Session, number: int) -> int:
    area = session.scalar(load(PACKAGE, "subscriber_area"), {"id": number})
    if area is None:
        raise no_such_subscriber()
    return int(area)


def no_such_subscriber() -> NotFound:
    """There is none such in the areas one sets rules for."""
    return NotFound("no_such_subscriber", "没有这个订阅", "There is no such subscriber")


def _check(settings: Settings, new: NewSubscriber) -> None:
    _check_topics(new.topics)
    if new.channel == "mail":
        if not _MAIL.fullmatch(new.address):
            raise Invalid(
                "bad_address", "address：不是邮箱地址", "address: is no mail address", field="address"
            )
        if not settings.smtp_host:
            raise Invalid(
                "mail_off",
                "未配置邮件服务器（WANGGE_SMTP_HOST）",
                "No mail server is configured (WANGGE_SMTP_HOST)",
                field="channel",
            )
    elif not is_allowed(settings, new.address):
        raise Invalid(
            "host_not_allowed",
            "address：只能是 WANGGE_WEBHOOK_HOSTS 中的主机",
            "address: only hosts named in WANGGE_WEBHOOK_HOSTS",
            field="address",
        )


def _check_topics(topics: Sequence[str]) -> None:
    if not 0 < len(topics) <= MOST_TOPICS:
        raise Invalid(
            "bad_topic",
            f"topics：应有 1 至 {MOST_TOPICS} 个",
            f"topics: must be 1 to {MOST_TOPICS}",
            field="topics",
        )
    for topic in topics:
        room, dot, word = topic.partition(".")
        if topic != "*" and (room not in TOPICS or (dot and word not in TOPICS[room])):
            known = sorted(f"{room}.{one}" for one in TOPICS[room]) if room in TOPICS else [*TOPICS, "*"]
            raise Invalid(
                "bad_topic",
                f"topics：没有这个主题：{topic[:40]}；有 {'、'.join(known)}",
                f"topics: there is no {topic[:40]}; there are {', '.join(known)}",
                field="topics",
            )
