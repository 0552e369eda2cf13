"""Sending one message: by a signed web request, or by mail."""

from __future__ import annotations

import json
import smtplib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import requests

from gis.accounts.secret import unseal
from gis.jobs.signing import signature
from gis.settings import Settings

PURPOSE = "webhook secrets"
TIMEOUT_S = (5.0, 10.0)
_ANSWER_BYTES = 4096


class NotTaken(Exception):
    """The other side did not take the message; the text says why and holds none of its words."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery that was taken: `id` is the same in every attempt, so that the receiver can drop a second copy."""

    id: uuid.UUID
    attempts: int
    channel: str
    address: str
    secret_sealed: bytes | None
    message: int
    topic: str
    event_id: uuid.UUID | None
    payload: Mapping[str, Any]
    at: datetime

    def body(self) -> bytes:
        """The message as JSON."""
        whole = {
            "delivery": str(self.id),
            "message": self.message,
            "topic": self.topic,
            "event": None if self.event_id is None else str(self.event_id),
            "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": self.payload,
        }
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Hosts that webhooks may call; none unless the operator names them."""
    return frozenset(filter(None, (host.strip().lower() for host in settings.webhook_hosts.split(","))))


def is_allowed(settings: Settings, address: str) -> bool:
    """Whether an address is https (or on a host the operator named with http) and its host is allowed."""
    url = urlsplit(address)
    return (
        url.scheme in ("https", "http")
        and (url.hostname or "") in allowed_hosts(settings)
        and not url.username
    )


def send(settings: Settings, parcel: Parcel) -> None:
    """Send by the parcel's channel; raises `NotTaken`."""
    if parcel.channel == "webhook":
        _post(settings, parcel)
    else:
        _mail(settings, parcel)


def _post(settings: Settings, parcel: Parcel) -> None:
    if not is_allowed(settings, parcel.address):
        raise NotTaken("host_not_allowed")
    secret = unseal(settings, PURPOSE, parcel.secret_sealed or b"")
    if secret is None:
        raise NotTaken("secret_unreadable")
    body, now = parcel.body(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "wangge",
        "Wangge-Delivery": str(parcel.id),
        "Wangge-Timestamp": str(now),
        "Wangge-Signature": signature(secret, now, body),
    }
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy of the environment sees what is sent
            with session.post(
                parcel.address, body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False, stream=True
            ) as answer:
                answer.raw.read(_ANSWER_BYTES)
                status = answer.status_code
    except requests.RequestException as error:
        raise NotTaken(type(error).__name__) from error
    if not 200 <= status < 300:
        raise NotTaken(f"status_{status}")


def _mail(settings: Settings, parcel: Parcel) -> None:
    if not settings.smtp_host:
        raise NotTaken("mail_off")
    letter = EmailMessage()
    letter["From"], letter["To"] = settings.mail_from, parcel.address
    letter["Subject"] = f"[网格 Wangge] {parcel.topic}"
    letter["Message-ID"] = f"<{parcel.id}@wangge>"
    letter.set_content(parcel.body().decode())
    try:
        with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_S[1]) as server:
            if settings.smtp_user:
                server.starttls()
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        raise NotTaken(type(error).__name__) from error
