"""On which grounds a record is deleted, or read although it is sealed: codes, for they stand in clear in its events."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import StringConstraints

DELETION: Final = (
    r"^(PURPOSE_ENDED|PERIOD_OVER|CONSENT_WITHDRAWN|UNLAWFUL|LAW_REQUIRES"
    r"|PERSON_REQUEST(:[0-9A-HJKMNP-TV-Z]{26})?)$"
)
PAPER: Final = r"^[A-Z][A-Z0-9]{0,9}(-[A-Z0-9]{1,8}){1,5}$"

DeletionGround: TypeAlias = Annotated[str, StringConstraints(pattern=DELETION)]
"""One of those of PIPL 47, the first four and the last of its list, or the number of the person's own request."""

ReadingGround: TypeAlias = Literal[
    "SUPERVISION_18", "CRIMINAL_PROCEDURE_54", "CIVIL_PROCEDURE_70", "SECURITY_PUNISHMENT_136"
]
"""监察法18, 刑事诉讼法54, 民事诉讼法70, 治安管理处罚法136. Another law is a word here."""

Untold: TypeAlias = Literal["PIPL18", "PIPL35"]
"""Secret by law or regulation (PIPL 18), or telling would defeat the organ's duty (PIPL 35)."""

PaperNo: TypeAlias = Annotated[str, StringConstraints(pattern=PAPER)]
"""The number of the paper that asks, such as `SYN-D-2029-12`: too short in each part for anybody's own number."""
