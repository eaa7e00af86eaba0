"""What a centre or authority hears back about each of its messages, on `out.detox.v1`."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from schemas.base import Event, PiiClass
from schemas.ids import Code, Number, OrgId, Words


class ReceiptIssued(Event):
    """One message's fate: what became of it, why, and where it was routed. Never says who it is about."""

    wire: ClassVar[str] = "cn.aftercare.intake.ReceiptIssued.v1"
    topic: ClassVar[str] = "out.detox.v1"
    pii: ClassVar[PiiClass] = "P0"

    message_id: Words
    notice_no: Number | None = None
    document_no: Number | None = None
    revision: int | None = Field(default=None, ge=1)
    outcome: Code
    reason: Words = ""
    routing: Words = ""
    org: OrgId | None = None

    @model_validator(mode="after")
    def _one_number(self) -> Self:
        if self.notice_no is not None and self.document_no is not None:
            text = "通知编号与文书编号只能有一个。 Either notice_no or document_no, not both."
            raise ValueError(text)
        return self
