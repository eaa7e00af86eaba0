"""What somebody may act as: role, organisation and capacity, as the provider's claims or the sample cities say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import yaml

from services.kernel.errors import Refused
from services.kernel.tokens import Actor
from services.reference.organisations import Organisations

LONGEST: Final = 200
PSEUDONYM: Final = re.compile(r"(?!\+?\d[\d -]{9,}[Xx]?$)[A-Za-z0-9][A-Za-z0-9._:|/-]{0,99}")
"""No space, no `@`, nothing but ASCII; and no number as long as that of a telephone or an identity card."""
CAPACITY: Final = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
OPERATORS: Final = "OPS"
NAMES: Final = ("sub", "role", "org", "capacity", "posts")


@dataclass(frozen=True, slots=True)
class Post:
    """One thing that somebody may act as."""

    role: str
    org: str
    capacity: str

    def actor(self, name: str) -> Actor:
        """Somebody acting as this."""
        return Actor(name, self.role, self.org, self.capacity)


@dataclass(frozen=True, slots=True)
class Kind:
    """A role: the type of its organisation, and what its commands carry as capacity."""

    org_type: str | None
    capacity: str


@cache
def kinds() -> Mapping[str, Kind]:
    """Every role that people and services may have."""
    text = resources.files(__package__).joinpath("posts.yaml").read_text("utf-8")
    return {role: Kind(**said) for role, said in yaml.safe_load(text).items()}


@dataclass(frozen=True, slots=True)
class Mapped:
    """Reads a provider's claims under the names that the setting gives them, as in `role=jieli_role org=dept`."""

    names: Mapping[str, str]
    directory: Organisations

    @classmethod
    def of(cls, setting: str, directory: Organisations) -> Mapped:
        """The names of a setting; what it leaves out keeps its own name. Refused(`setting_invalid`)."""
        pairs = dict(word.partition("=")[::2] for word in setting.split())
        if not pairs.keys() <= set(NAMES) or not all(pairs.values()):
            raise Refused("setting_invalid", "JIELI_OIDC_CLAIMS", status=500)
        return cls({name: pairs.get(name, name) for name in NAMES}, directory)

    def name(self, claims: Mapping[str, Any]) -> str:
        """Who it is. Refused(`no_pseudonym`) for what may be a name, an address or a number of somebody's.

        It stands in clear in events and in the ledger.
        """
        found = _text(claims.get(self.names["sub"]), needed=True)
        if not PSEUDONYM.fullmatch(found):
            raise Refused("no_pseudonym", status=403)
        return found

    def posts(self, claims: Mapping[str, Any]) -> tuple[Post, ...]:
        """What they may act as: the list `posts`, else `role org capacity` of the claims themselves.

        Refused(`no_post`) where there is nothing, or something that is none: a role unknown here, or one that the
        organisation's type has not.
        """
        listed = claims.get(self.names["posts"])
        given = listed if isinstance(listed, list) else [claims]
        names = self.names if given == [claims] else dict(zip(NAMES, NAMES, strict=True))
        found = tuple(self._post(one, names) for one in given if isinstance(one, Mapping))
        if not found or len(found) != len(given):
            raise no_post()
        return tuple(dict.fromkeys(found))

    def _post(self, said: Mapping[str, Any], names: Mapping[str, str]) -> Post:
        role, org, capacity = (_text(said.get(names[each])) for each in ("role", "org", "capacity"))
        return fitting(Post(role, org, capacity), self.directory)


def fitting(post: Post, directory: Organisations) -> Post:
    """A provider's post, its capacity filled in. Refused(`no_post`) where its three parts do not fit.

    Who acts for no organisation names none; operators may name the city.
    """
    kind = kinds().get(post.role)
    if kind is None or post.capacity not in {"", *(each.capacity for each in kinds().values())}:
        raise no_post()
    if not (directory.type_of(post.org) == kind.org_type if kind.org_type else _counts(post, directory)):
        raise no_post()
    return Post(post.role, post.org, post.capacity or kind.capacity)


def worded(post: Post, directory: Organisations) -> Post:
    """What a token of the hub's own makes of somebody; who has its key may say anything, but not everything counts.

    An organisation where the role has none is dropped, so nobody is somebody else by it. Refused(`no_post`) for an
    unknown role, or a capacity that is no code.
    """
    kind = kinds().get(post.role)
    if kind is None or not CAPACITY.fullmatch(post.capacity or kind.capacity):
        raise no_post()
    org = post.org if kind.org_type or _counts(post, directory) else ""
    return Post(post.role, org, post.capacity or kind.capacity)


def _counts(post: Post, directory: Organisations) -> bool:
    return not post.org or (post.role == OPERATORS and post.org == directory.city().org_id)


def seeded(name: str, directory: Organisations) -> tuple[Post, ...]:
    """What a user of the sample city may act as; none for a name that is nobody's.

    `role@organisation`, as in `station_lead@A03-S012`; `ops@`, `auditor@`; `both@station` has two posts, one at the
    station and one at its street (specification §3.2: the same human may hold two capacities).
    """
    return tuple(_seeded(name, directory))


def _seeded(name: str, directory: Organisations) -> Iterator[Post]:
    word, at, org = name.partition("@")
    role = word.upper()
    if word == "both" and directory.type_of(org) == "STN":
        street = directory.street_office_of(org)
        yield fitting(Post("WORKER", org, ""), directory)
        if street:
            yield fitting(Post("STREET_OFFICER", street.org_id, ""), directory)
        return
    kind = kinds().get(role)
    if not at or word != word.lower() or kind is None or role in {"PERSON", "CONTACT"}:
        return
    if (kind.org_type is None and not org) or (kind.org_type and directory.type_of(org) == kind.org_type):
        yield Post(role, org, kind.capacity)


def no_post() -> Refused:
    """They are known, but may act as nothing here."""
    return Refused("no_post", status=403)


def _text(value: object, *, needed: bool = False) -> str:
    if isinstance(value, str) and len(value) <= LONGEST and (value or not needed):
        return value
    if value is None and not needed:
        return ""
    raise Refused("unauthenticated", status=401)
