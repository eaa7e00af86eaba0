"""Where a request comes from, as far as counting tries needs it."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from starlette.requests import Request

HOUSEHOLD: Final = 64  # bits of an IPv6 address that one connection shares


def address_of(request: Request) -> str:
    """The client's address; of IPv6 the network that its owner has. A trusted proxy may have named it."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((address, HOUSEHOLD), strict=False)) if isinstance(address, IPv6Address) else host
