"""A notice as a centre posts it: whose it may be, what it says, and the answer it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.intake.bodies import NoticeBody, identity_of, named, notice_of, read_body, read_identity_body
from services.intake.desk import Rules
from services.intake.domain.cells import squeezed
from services.intake.domain.notice import Notice, RowRefusal
from services.intake.domain.numbers import shown
from services.intake.named_fields import identities_in
from services.intake.reception import Received
from services.kernel.errors import Refused
from services.kernel.idempotency import Answer
from services.kernel.tokens import Actor


class PostedNotice(NoticeBody):
    """`identity` is read apart."""

    identity: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Posted:
    """The body, and the notice that it makes or why it makes none."""

    body: PostedNotice
    notice: Notice | RowRefusal


def read_posted(data: dict[str, Any], actor: Actor, rules: Rules) -> Posted:
    """The notice of the actor's own centre; InvalidInput naming fields, Refused(not_your_organisation)."""
    body = _body(data)
    if (body.centre_id or actor.org) != actor.org:
        raise Refused("not_your_organisation", status=403)
    said = read_identity_body(body.identity)
    identity = identity_of(said, body.hukou_div, body.residence_div, synthetic=rules.synthetic)
    if isinstance(identity, RowRefusal):
        return Posted(body, identity)
    return Posted(body, notice_of(body, identity, rules.organisations, source=actor.org))


def answered(body: NoticeBody, received: Received) -> Answer:
    """The receipt as the sender gets it."""
    receipt = received.receipt
    revision = body.revision
    return Answer(
        200,
        {
            "outcome": receipt.outcome,
            "reason": receipt.reason,
            "routing": receipt.routing,
            "notice_no": shown(squeezed(body.notice_no)),
            "revision": int(revision) if revision.isascii() and revision.isdigit() else None,
            "person_ref": received.person_ref,
        },
    )


def _body(data: dict[str, Any]) -> PostedNotice:
    body = read_body(data, PostedNotice)
    if names := identities_in({name: value for name, value in data.items() if name != "identity"}):
        raise named("plain_identity", names)
    return body
