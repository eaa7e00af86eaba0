"""The API of a process: the routers of its services and what belongs to the process itself."""

from __future__ import annotations

from fastapi import FastAPI

from services.app.described import described
from services.app.readiness import probes
from services.kernel.gate import Door
from services.kernel.http import create_api
from services.kernel.kit import Kit
from services.kernel.parked_api import parked_routes
from services.kernel.verify_api import verify_routes


def build(kit: Kit, door: Door) -> FastAPI:
    """One app over all services of the process behind that door, with its own document ready."""
    routers = [service.router for service in kit.services if service.router]
    routers.append(parked_routes(lambda: [service.blocking for service in kit.services]))
    routers.append(
        verify_routes(
            lambda: [check for service in kit.services for check in service.checks],
            lambda: [chain for service in kit.services for chain in service.chains],
        )
    )
    app = create_api("接力 Jieli", routers, kit.phrases, kit.tokens, probes(kit), door)
    app.openapi_schema = described(app.openapi())
    return app
