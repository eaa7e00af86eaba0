"""Who may send what: the lines of `actors.yaml` against the sender's role and relation to the handover."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.handover.domain.accountability import REGISTERING_TYPES, district_of, executing_street
from services.handover.domain.actors import Actors, shipped_actors
from services.handover.domain.reading import named
from services.handover.domain.refusals import ACTOR_NOT_ALLOWED, NOT_YOUR_ORGANISATION
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input, Sender
from services.reference.organisations import Organisations

MANDATED: frozenset[str] = frozenset({"competent", "any_station", "hub"})


@dataclass(frozen=True, slots=True)
class Sending:
    """One record on its way in; `org_type` is the type that the sender's role belongs to."""

    sender: Sender
    given: Input
    organisations: Organisations
    org_type: str | None

    @property
    def of_its_type(self) -> bool:
        """Whether the sender's organisation is of the type that its role names."""
        return self.org_type is not None and self.organisations.type_of(self.sender.org) == self.org_type


def may_send(
    given: Input, sender: Sender, saga: Saga | None, organisations: Organisations, actors: Actors | None = None
) -> str | None:
    """None, or `actor_not_allowed` for the role, or `not_your_organisation` for the relation.

    Without a saga only what needs none is looked at: the type of the organisation.
    """
    known = actors or shipped_actors()
    lines = [line for line in known.lines(given.name) if sender.role in line.by]
    if not lines:
        return ACTOR_NOT_ALLOWED
    sending = Sending(sender, given, organisations, known.roles.get(sender.role))
    related = any(_related(line.relation, saga, sending) for line in lines)
    return None if related else NOT_YOUR_ORGANISATION


def may_send_about_any(
    given: Input, sender: Sender, organisations: Organisations, actors: Actors | None = None
) -> bool:
    """Whether they may send it about every handover there is: to them alone it is no secret that one is missing."""
    known = actors or shipped_actors()
    lines = [line for line in known.lines(given.name) if sender.role in line.by]
    sending = Sending(sender, given, organisations, known.roles.get(sender.role))
    over_all = sending.of_its_type and sender.org == organisations.city().org_id
    return any(
        _related(line.relation, None, sending) if line.relation in MANDATED else line.relation == "parent" and over_all
        for line in lines
    )


def _related(relation: str, saga: Saga | None, sending: Sending) -> bool:
    if sending.org_type is not None and not sending.of_its_type:
        return False
    if saga is None and relation not in MANDATED:
        return True
    return RELATIONS[relation](saga or Saga(handover_id="", person_ref=""), sending)


def _source(saga: Saga, sending: Sending) -> bool:
    return not saga.sources or sending.sender.org in saga.sources


def _its_street(saga: Saga, sending: Sending) -> bool:
    return sending.sender.org == executing_street(saga, sending.organisations)


def _offered(saga: Saga, sending: Sending) -> bool:
    return saga.place.assignment == "OFFERED" and sending.sender.org == saga.place.offered_to


def _parent(saga: Saga, sending: Sending) -> bool:
    organisations, org = sending.organisations, sending.sender.org
    if org == organisations.city().org_id:
        return True
    new = named(sending.given.data, "station_id")
    old = saga.place.answering or saga.place.station
    districts = {district_of(station, organisations) for station in (old, new) if station}
    return districts == {org} or (not districts and org == saga.place.district)


def _any_station(_: Saga, sending: Sending) -> bool:
    return sending.organisations.type_of(sending.sender.org) in REGISTERING_TYPES


def _rung_recipient(saga: Saga, sending: Sending) -> bool:
    standing = saga.standing
    if standing is None:
        return False
    if standing.to_role == "OPS":
        return sending.sender.role == "CITY_LEAD" and sending.sender.org == standing.to_org
    return (standing.to_role, standing.to_org) == (sending.sender.role, sending.sender.org)


def _self(saga: Saga, sending: Sending) -> bool:
    return sending.sender.actor == saga.person_ref


RELATIONS: Mapping[str, Callable[[Saga, Sending], bool]] = {
    "source": _source,
    "competent": lambda _, sending: sending.of_its_type,
    "notified": lambda saga, sending: sending.sender.org in saga.notified,
    "offered": _offered,
    "accountable": lambda saga, sending: sending.sender.org == saga.accountable,
    "its_street": _its_street,
    "parent": _parent,
    "any_station": _any_station,
    "rung_recipient": _rung_recipient,
    "self": _self,
    "hub": lambda _, sending: sending.sender.org == sending.organisations.city().org_id,
}
