"""One message of an `in.*` topic read into what it says, or Quarantine with a reason and field names, never values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from schemas import registry
from schemas.envelope import BadEnvelope, attributes
from services.intake.bodies import IdentityBody, NoticeBody, read_body, read_identity_body
from services.intake.domain.numbers import is_personal, is_plain
from services.intake.domain.senders import OWN_NOTICE_ONLY, SENDERS, may_send, number_of
from services.intake.identity_key import IdentityKey
from services.intake.named_fields import forbidden_in, identities_in, sayable
from services.kernel.clock import SHANGHAI
from services.kernel.errors import InvalidInput
from services.kernel.records import Quarantine, RawMessage
from services.kernel.telemetry import TRACEPARENT
from services.reference.organisations import Organisations

WIRE: Final = re.compile(r"cn\.aftercare\.intake\.([A-Za-z]{1,60})\.v[1-9]\d{0,2}", re.ASCII)
TEXT_ID: Final = re.compile(r"[\x21-\x7e]{1,200}")
KEY_NUMBER: Final = re.compile(r"[\x21-\x7e]{1,100}")
COUNT: Final = re.compile(r"[1-9]\d{0,3}", re.ASCII)
REFERENCES: Final = frozenset({"identity", "source", "notice_no", "revision", "hukou_div", "residence_div"})
SRCSEQ: Final = re.compile(r"\d{1,18}", re.ASCII)
LARGEST: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingress:
    """What one message says. `source` and `notice_no` name the notice it is about, where it names one."""

    sender: str
    message_id: str
    name: str
    key_number: str
    time: datetime
    srcseq: int | None
    traceparent: str | None
    source: str
    notice_no: str
    revision: int
    number: str
    data: dict[str, Any] = field(repr=False)
    notice: NoticeBody | None = field(repr=False)
    identity: IdentityBody | None = field(repr=False)


def read_message(raw: RawMessage, organisations: Organisations, key: IdentityKey) -> Ingress:
    """The message, or Quarantine."""
    said = _attributes(raw)
    sender, name = _sender(said, organisations), _name(said)
    if not may_send(name, organisations.type_of(sender)):
        raise Quarantine("actor_not_allowed", ["ce_source"])
    key_number = _key_number(raw, sender)
    data = _payload(raw)
    identity = _identity(data, key)
    source = _source(name, sender, data, organisations)
    return Ingress(
        sender=sender,
        message_id=said["id"],
        name=name,
        key_number=key_number,
        time=_time(said, raw),
        srcseq=_srcseq(said),
        traceparent=_traceparent(said),
        source=source,
        notice_no=_notice_no(name, data),
        revision=_revision(name, data),
        number=number_of(name, data, key_number),
        data=_fields(name, data),
        notice=_notice(name, data),
        identity=identity,
    )


def number_given(raw: RawMessage, organisations: Organisations) -> tuple[str, int] | None:
    """The sender and its own number of a message, if these two can be read though the rest cannot."""
    source, number = _only(raw, "ce_source"), _only(raw, "ce_srcseq")
    if organisations.get(source) is None or not SRCSEQ.fullmatch(number):
        return None
    return source, int(number)


def _only(raw: RawMessage, header: str) -> str:
    found = [value for name, value in raw.headers if name == header]
    return (found[0] or b"").decode("ascii", "replace") if len(found) == 1 else ""


def _attributes(raw: RawMessage) -> dict[str, str]:
    try:
        said = attributes(raw.headers)
    except BadEnvelope as wrong:
        raise Quarantine(wrong.code, [wrong.field]) from None
    for name in ("id", "source", "type"):
        if not TEXT_ID.fullmatch(said.get(name, "")):
            raise Quarantine("header_invalid" if name in said else "header_missing", [f"ce_{name}"])
    if is_personal(said["id"]):
        raise Quarantine("header_invalid", ["ce_id"])
    return said


def _traceparent(said: dict[str, str]) -> str | None:
    """The sender's trace, if it is one: what is passed on unread must not be able to say who somebody is."""
    text = said.get("traceparent", "")
    return text if TRACEPARENT.fullmatch(text) else None


def _sender(said: dict[str, str], organisations: Organisations) -> str:
    if organisations.get(said["source"]) is None:
        raise Quarantine("organisation_unknown", ["ce_source"])
    return said["source"]


def _name(said: dict[str, str]) -> str:
    found = WIRE.fullmatch(said["type"])
    if not found or found[1] not in SENDERS or said["type"] not in registry.EVENTS:
        raise Quarantine("type_unknown", ["ce_type"])
    return found[1]


def _key_number(raw: RawMessage, sender: str) -> str:
    org, slash, number = (raw.key_text or "").partition("/")
    if org != sender or not slash or not KEY_NUMBER.fullmatch(number):
        raise Quarantine("key_mismatch", ["key"])
    return number


def _time(said: dict[str, str], raw: RawMessage) -> datetime:
    if "time" not in said:
        return datetime.fromtimestamp(max(raw.timestamp, 0) / 1000, UTC)
    try:
        time = datetime.fromisoformat(said["time"])
        if time.tzinfo is not None:
            return time.astimezone(SHANGHAI)
    except (ValueError, OverflowError):  # a year that no other zone has
        pass
    raise Quarantine("header_invalid", ["ce_time"])


def _srcseq(said: dict[str, str]) -> int | None:
    text = said.get("srcseq")
    if text is not None and not SRCSEQ.fullmatch(text):
        raise Quarantine("header_invalid", ["ce_srcseq"])
    return int(text) if text is not None else None


def _payload(raw: RawMessage) -> dict[str, Any]:
    if raw.value is None or len(raw.value) > LARGEST:
        raise Quarantine("payload_unreadable")
    try:
        data = json.loads(raw.value)
    except (ValueError, RecursionError):
        raise Quarantine("payload_unreadable") from None
    if not isinstance(data, dict):
        raise Quarantine("payload_unreadable")
    if names := forbidden_in(data):
        raise Quarantine("column_forbidden", names)
    if names := identities_in({name: value for name, value in data.items() if name != "identity"}):
        raise Quarantine("plain_identity", names)
    return data


def _identity(data: dict[str, Any], key: IdentityKey) -> IdentityBody | None:
    if "identity" not in data:
        return None
    if isinstance(data["identity"], dict):
        raise Quarantine("plain_identity", ["identity"])
    try:
        return read_identity_body(key.open(data["identity"]))
    except InvalidInput as wrong:
        raise _as_quarantine(wrong) from None


def _source(name: str, sender: str, data: dict[str, Any], organisations: Organisations) -> str:
    """The centre whose notice is meant: the sender itself, or for an authority the one it names."""
    source = _text(data, "source") or (_text(data, "centre_id") if name in OWN_NOTICE_ONLY else "") or sender
    if name in OWN_NOTICE_ONLY and source != sender:
        raise Quarantine("not_your_organisation", ["source"])
    if organisations.get(source) is None:
        raise Quarantine("organisation_unknown", ["source"])
    return source


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name, "")
    if not isinstance(value, str):
        raise Quarantine("payload_invalid", [name])
    return value


def _notice_no(name: str, data: dict[str, Any]) -> str:
    """The notice that a fact is about. A notice's own number is judged with the notice."""
    number = _text(data, "notice_no")
    if name != "ReleaseNoticeReceived" and number and not is_plain(number):
        raise Quarantine("payload_invalid", ["notice_no"])
    return number


def _revision(name: str, data: dict[str, Any]) -> int:
    """As a number or as text, as every door takes it; 0 for a notice's that is none: that is judged with the notice."""
    value = data.get("revision", 1)
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if COUNT.fullmatch(text):
        return int(text)
    if name == "ReleaseNoticeReceived":
        return 0
    raise Quarantine("payload_invalid", ["revision"])


def _fields(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """The event's own fields, known to fit once the person is known. Other references are dropped."""
    if name == "ReleaseNoticeReceived":
        return {}
    kind = registry.CURRENT[name]
    own = {each for known, info in kind.model_fields.items() for each in (known, info.alias) if each}
    fields = {key: value for key, value in data.items() if key in own or key not in REFERENCES}
    try:
        kind.model_validate({**fields, "person_ref": "-"})
    except ValidationError as wrong:
        raise misfit(wrong) from None
    return fields


def misfit(wrong: ValidationError) -> Quarantine:
    """A payload that does not fit, by the names of its fields."""
    found = wrong.errors(include_input=False, include_url=False, include_context=False)
    extra = sorted({sayable(str(each["loc"][-1])) for each in found if each["type"] == "extra_forbidden"})
    if extra:
        return Quarantine("column_unknown", extra)
    return Quarantine("payload_invalid", sorted({sayable(str(each["loc"][0])) for each in found if each["loc"]}))


def _notice(name: str, data: dict[str, Any]) -> NoticeBody | None:
    if name != "ReleaseNoticeReceived":
        return None
    try:
        return read_body({key: value for key, value in data.items() if key not in {"identity", "source"}}, NoticeBody)
    except InvalidInput as wrong:
        raise _as_quarantine(wrong) from None


def _as_quarantine(wrong: InvalidInput) -> Quarantine:
    code = "payload_invalid" if wrong.code == "invalid_data" else wrong.code
    return Quarantine(code, wrong.detail.split(", ") if wrong.detail else ())
