"""Forms as browsers send them."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from services.kernel.errors import Refused

LARGEST: Final = 8 * 1024
FIELDS: Final = 16
NO_TEXT: Final = "\0"  # PostgreSQL keeps no text with it


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a small urlencoded form, the last of each name. Refused(`invalid_data`, `too_large`)."""
    raw = b""
    async for part in request.stream():
        raw += part
        if len(raw) > LARGEST:
            raise Refused("too_large", status=413)
    try:
        found = dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError:
        raise Refused("invalid_data", status=422) from None
    if any(NO_TEXT in value for value in found.values()):
        raise Refused("invalid_data", status=422)
    return found
