"""Resident identity numbers: normalised, then checked by structure and ISO 7064 MOD 11-2 (specification §5.1)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Literal, TypeAlias

IdFault: TypeAlias = Literal["id_format", "id_check_digit", "id_not_synthetic", "id_not_real"]

SHAPE = re.compile(r"\d{17}[\dX]", re.ASCII)
WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
CHECK_CHARACTERS = "10X98765432"
SYNTHETIC_PREFIX = "00"  # no real province has this code, so sample and real data can never mix


def normalise(text: str) -> str:
    """Full-width to ASCII, white space removed, upper case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def check_character(seventeen: str) -> str:
    """The check character due after seventeen ASCII digits."""
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]


def fault(number: str, *, synthetic: bool) -> IdFault | None:
    """What is wrong with a normalised number, or None. The place code is never a reason: counties are renamed."""
    if not SHAPE.fullmatch(number):
        return "id_format"
    if number.startswith(SYNTHETIC_PREFIX) is not synthetic:
        return "id_not_synthetic" if synthetic else "id_not_real"
    if not _is_date(number[6:14]):
        return "id_format"
    return None if check_character(number[:17]) == number[17] else "id_check_digit"


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True
