"""What the events room speaks of: reports, receipts, the states of an event."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """Where an event stands; which of these it may enter its workflow says."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    FEEDBACK = "feedback"
    INSPECTING = "inspecting"
    SELF_HANDLED = "self_handled"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    MERGED = "merged"


# An event in one of these has a closing time; every other one is open.
FINISHED = frozenset({Status.CLOSED, Status.REJECTED, Status.CANCELLED, Status.MERGED})


class Urgency(StrEnum):
    """How fast it has to go."""

    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Source(StrEnum):
    """Through which door a report came."""

    GRID_WORKER = "grid_worker"
    HOTLINE = "hotline"
    RESIDENT_CODE = "resident_code"
    PROPERTY = "property"
    DEPARTMENT = "department"
    PATROL = "patrol"
    MEDIA = "media"
    PETITION = "petition"
    SENSOR = "sensor"
    OTHER = "other"
    LEADER = "leader"
    INSPECTION = "inspection"
    ASSESSMENT = "assessment"
    VIDEO = "video"
    LETTER = "letter"
    WEB = "web"
    WECHAT = "wechat"
    SMS = "sms"
    EMAIL = "email"
    PHONE = "phone"
    IMPORT = "import"


STATUS_LABELS: dict[Status, tuple[str, str]] = {
    Status.REPORTED: ("已上报", "reported"),
    Status.ACCEPTED: ("已受理", "accepted"),
    Status.VERIFYING: ("核实中", "verifying"),
    Status.VERIFIED: ("已核实", "verified"),
    Status.FILED: ("已立案", "filed"),
    Status.DISPATCHED: ("已派遣", "dispatched"),
    Status.HANDLING: ("处置中", "in handling"),
    Status.FEEDBACK: ("已反馈", "handler reports done"),
    Status.INSPECTING: ("核查中", "under inspection"),
    Status.SELF_HANDLED: ("自行处置", "handled on the spot"),
    Status.SUSPENDED: ("挂账", "suspended"),
    Status.CLOSED: ("已结案", "closed"),
    Status.REJECTED: ("不予受理", "rejected"),
    Status.CANCELLED: ("作废", "cancelled"),
    Status.MERGED: ("已并案", "merged into another event"),
}
URGENCY_LABELS: dict[Urgency, tuple[str, str]] = {
    Urgency.NORMAL: ("一般", "normal"),
    Urgency.URGENT: ("紧急", "urgent"),
    Urgency.EMERGENCY: ("特急", "emergency"),
}
SOURCE_LABELS: dict[Source, tuple[str, str]] = {
    Source.GRID_WORKER: ("网格员", "grid worker"),
    Source.HOTLINE: ("热线", "hotline"),
    Source.RESIDENT_CODE: ("居民扫码", "residents' code"),
    Source.PROPERTY: ("物业", "property management"),
    Source.DEPARTMENT: ("部门", "department"),
    Source.PATROL: ("巡查", "patrol"),
    Source.MEDIA: ("媒体", "media"),
    Source.PETITION: ("信访", "petition"),
    Source.SENSOR: ("物联感知", "sensor"),
    Source.OTHER: ("其他", "other"),
    Source.LEADER: ("领导交办", "assigned by a leader"),
    Source.INSPECTION: ("督查检查", "inspection from above"),
    Source.ASSESSMENT: ("考评发现", "found in an assessment"),
    Source.VIDEO: ("视频监控", "video"),
    Source.LETTER: ("来信", "letter"),
    Source.WEB: ("网站", "web site"),
    Source.WECHAT: ("微信", "WeChat"),
    Source.SMS: ("短信", "text message"),
    Source.EMAIL: ("电子邮件", "e-mail"),
    Source.PHONE: ("电话", "telephone"),
    Source.IMPORT: ("批量导入", "import"),
}


@dataclass(frozen=True, slots=True)
class CategoryKey:
    """The natural key of a category, written `scheme:kind:code` outside."""

    scheme: str
    kind: str
    code: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.kind}:{self.code}"


@dataclass(frozen=True, slots=True)
class Address:
    """Where it is in words: typed text, or codes picked from the register, or both."""

    text: str | None = None
    compound: str | None = None
    building: str | None = None
    entrance: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the reporter; stored apart and never listed."""

    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class NewReport:
    """A validated report. `lon`, `lat` are degrees as sent, in `coord_sys`; `accuracy_m` is metres.

    `on_behalf_of` is who called or came, as far as they said, when one of the staff writes it down for them.
    """

    id: uuid.UUID
    category: CategoryKey
    text: str
    lon: float
    lat: float
    coord_sys: str
    reported_at: datetime | None = None
    accuracy_m: float | None = None
    address: Address | None = None
    occurred_at: datetime | None = None
    urgency: Urgency = Urgency.NORMAL
    source: Source = Source.RESIDENT_CODE
    contact: Contact | None = None
    confidential: bool = False
    photos: tuple[str, ...] = ()
    on_behalf_of: Contact | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a report; `body` is stored with it, so a replay gives the same bytes."""

    body: bytes
    replay: bool


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored photo: `sha256` names the file, width and height are pixels, the place is for staff only.

    `look` is a difference hash of 64 bits.
    """

    sha256: str
    media_type: str
    size: int
    width: int
    height: int
    taken_lon: float | None = None
    taken_lat: float | None = None
    look: int | None = None
