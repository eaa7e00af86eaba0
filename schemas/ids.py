"""Ids and codes as types: what they look like, never what they mean."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, TypeAlias

from pydantic import AwareDatetime, Field

PersonRef: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
"""Pseudonym of a person: ULID text, class P1."""

HandoverId: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
OrgId: TypeAlias = Annotated[str, Field(min_length=1, max_length=64)]
Number: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]
"""A number that an agency gave: of a notice, an order, a document."""

ULID: Final = r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$"
EventId: TypeAlias = Annotated[str, Field(pattern=ULID)]
"""Id of a fact of the hub: ULID text; the pattern keeps free text out."""

Code: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:/-]*$", max_length=64)]
"""A coded value whose list is not fixed here; the pattern keeps free text out."""

Words: TypeAlias = Annotated[str, Field(max_length=500)]
"""A short reason in words; never a name, number or address of a person."""

VaultPtr: TypeAlias = Annotated[str, Field(pattern=r"^vault://[A-Za-z0-9_./-]+$", max_length=200)]
"""Where the identity vault keeps a P2 value; fetched with a purpose, never copied."""

Day: TypeAlias = date
Moment: TypeAlias = AwareDatetime | date
"""An instant where it is known, else the day."""
