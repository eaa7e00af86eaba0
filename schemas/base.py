"""What every event has: its wire type, topic and PII class. Values are frozen and refuse unknown fields."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticSerializationError
from typing_extensions import override

from schemas.ids import HandoverId, PersonRef
from schemas.sealed import ClearTextLeak

PiiClass: TypeAlias = Literal["P0", "P1", "P2", "P3"]


class Model(BaseModel):
    """A frozen value; unknown fields are refused and errors never repeat the input."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )

    @override
    def model_dump(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Raises ClearTextLeak while any sealed field is clear."""
        try:
            return super().model_dump(*args, **kwargs)
        except PydanticSerializationError as error:
            raise _leak_or(error) from None

    @override
    def model_dump_json(self, *args: Any, **kwargs: Any) -> str:
        """Raises ClearTextLeak while any sealed field is clear."""
        try:
            return super().model_dump_json(*args, **kwargs)
        except PydanticSerializationError as error:
            raise _leak_or(error) from None


class Event(Model):
    """A fact or decision that became known. The class is one version of one wire type."""

    wire: ClassVar[str]
    topic: ClassVar[str]
    pii: ClassVar[PiiClass]

    @property
    def name(self) -> str:
        """The short name, e.g. `ReleaseNoticeReceived`."""
        return type(self).__name__


class PersonEvent(Event):
    """An event about one person, by pseudonym."""

    person_ref: PersonRef


class HandoverEvent(PersonEvent):
    """An event of one handover, in the saga's own stream."""

    topic: ClassVar[str] = "hub.handover.v1"

    handover_id: HandoverId


def _leak_or(error: PydanticSerializationError) -> Exception:
    """Pydantic wraps what a serialiser raises, and in JSON mode keeps only its text."""
    return ClearTextLeak() if ClearTextLeak.__name__ in str(error) else error
