"""A notice as JSON, from a request or a message: checked at the border, then judged like any file row."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from typing_extensions import override

from schemas.ids import Code
from services.intake.domain import cells
from services.intake.domain.cells import BadCell
from services.intake.domain.notice import Identity, Notice, RowRefusal, checked_id, read_centre, read_notice_no
from services.intake.named_fields import forbidden_in, forbidden_names_in, sayable
from services.kernel.errors import InvalidInput
from services.reference.organisations import Organisations

FLAGS: Final = frozenset(cells.FLAGS.values())
Cell = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
Text = Annotated[str, Field(max_length=300)]
Reference = Annotated[Code | None, BeforeValidator(lambda value: value or None)]


class Body(BaseModel):
    """Unknown fields are refused; errors never repeat the input."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class IdentityBody(Body):
    """Who it is; every field may be missing but the number of a notice's person."""

    name: Text = ""
    sex: Text = ""
    resident_id: Text = ""
    phone: Text = ""
    hukou_div: Text = ""
    hukou_address: Text = ""
    residence_div: Text = ""
    residence_address: Text = ""
    contact_phone: Text = ""

    @override
    def __repr__(self) -> str:
        return "IdentityBody(***)"


class NoticeBody(Body):
    """A notice without the identity. `flags`: a list of codes, or an object of booleans."""

    notice_no: Cell
    revision: Cell = "1"
    centre_id: Text = ""
    episode_no: Cell = "1"
    planned_release_date: Cell
    order_expected: Text = "U"
    basis: Text
    flags: list[str] | dict[str, bool] = Field(default_factory=list)
    hukou_div: Text = ""
    residence_div: Text = ""
    dsa_id: Reference = None


NoticeKind = TypeVar("NoticeKind", bound=NoticeBody)


def read_body(data: dict[str, Any], kind: type[NoticeKind]) -> NoticeKind:
    """The body, or InvalidInput naming the fields at fault: column_forbidden, column_unknown, invalid_data."""
    refuse_names(data)
    try:
        return kind.model_validate(data)
    except ValidationError as wrong:
        raise invalid(wrong) from None


def read_identity_body(data: dict[str, Any]) -> IdentityBody:
    """The identity, or InvalidInput as `read_body`."""
    if names := forbidden_names_in(data):
        raise named("column_forbidden", names)
    try:
        return IdentityBody.model_validate(data)
    except ValidationError as wrong:
        raise invalid(wrong) from None


def refuse_names(data: object) -> None:
    """InvalidInput(column_forbidden) where any key, at any depth, or any text but of an identity must never be held."""
    if names := forbidden_in(data):
        raise named("column_forbidden", names)


def invalid(wrong: ValidationError) -> InvalidInput:
    """The same fault by field names alone."""
    found = wrong.errors(include_input=False, include_url=False, include_context=False)
    extra = sorted({sayable(str(each["loc"][-1])) for each in found if each["type"] == "extra_forbidden"})
    if extra:
        return named("column_unknown", extra)
    return named("invalid_data", sorted({sayable(str(each["loc"][0])) for each in found if each["loc"]}))


def named(code: str, names: list[str]) -> InvalidInput:
    """A refusal that shows field names to the caller."""
    refusal = InvalidInput(code, names=names)
    refusal.detail = ", ".join(names)
    return refusal


def notice_of(
    body: NoticeBody, identity: Identity | None, organisations: Organisations, *, source: str
) -> Notice | RowRefusal:
    """The notice that a sender's body makes; the first fault refuses it as it would refuse a row."""
    try:
        return Notice(
            notice_no=read_notice_no(body.notice_no),
            revision=cells.count(body.revision, "revision_invalid", "revision"),
            source=read_centre(source, organisations),
            identity=identity or _nobody(),
            planned_release_date=cells.day(body.planned_release_date),
            episode_no=cells.count(body.episode_no, "code_unknown", "episode_no"),
            order_expected=_among(body.order_expected, cells.ORDER_EXPECTED.values(), "order_expected"),
            basis=_among(body.basis, cells.BASIS.values(), "basis"),
            flags=_flags(body.flags),
            dsa_id=body.dsa_id,
        )
    except BadCell as fault:
        return RowRefusal(fault.reason, fault.field)


def identity_of(
    body: IdentityBody, hukou_div: str = "", residence_div: str = "", *, synthetic: bool, id_needed: bool = True
) -> Identity | RowRefusal:
    """The person, normalised. The streets may stand beside the identity instead of inside."""
    try:
        return Identity(
            name=body.name.strip(),
            sex=_among(body.sex, ("M", "F", ""), "sex") if body.sex not in cells.SEX else cells.SEX[body.sex],
            resident_id=_number(body.resident_id, synthetic=synthetic, needed=id_needed),
            phone=cells.squeezed(body.phone),
            hukou_div=cells.division(body.hukou_div or hukou_div, "hukou_div"),
            hukou_address=body.hukou_address.strip(),
            residence_div=cells.division(body.residence_div or residence_div, "residence_div"),
            residence_address=body.residence_address.strip(),
            contact_phone=cells.squeezed(body.contact_phone),
        )
    except BadCell as fault:
        return RowRefusal(fault.reason, fault.field)


def _number(text: str, *, synthetic: bool, needed: bool) -> str:
    return checked_id(text, synthetic=synthetic) if needed or text.strip() else ""


def _nobody() -> Identity:
    raise BadCell("id_format", "identity")


def _among(text: str, codes: Any, field: str) -> str:  # noqa: ANN401  # any collection of codes
    if text not in codes:
        raise BadCell("code_unknown", field)
    return text


def _flags(said: list[str] | dict[str, bool]) -> tuple[str, ...]:
    chosen = [name for name, on in said.items() if on] if isinstance(said, dict) else said
    names = {name.lower() for name in [*chosen, *(said if isinstance(said, dict) else ())]}
    if not names <= FLAGS:
        raise BadCell("code_unknown", "flags")
    return tuple(sorted({name.lower() for name in chosen}))
