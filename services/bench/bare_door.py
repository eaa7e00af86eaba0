"""The plainest door: a process with one FastAPI route that writes one row in one INSERT.

Run as `python -m services.bench.bare_door`, the database's address on stdin.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from typing import Annotated, Any, Final

import asyncpg
import uvicorn
from fastapi import Body, FastAPI

from services.kernel.db import open_pool

HOST: Final = "127.0.0.1"
SCHEMA: Final = "bare"
TABLE: Final = """
create schema if not exists bare;
create table if not exists bare.station_inbox (person_ref text primary key, body jsonb not null);
"""
INSERT: Final = "insert into station_inbox (person_ref, body) values ($1, $2)"


def door(pool: asyncpg.Pool[asyncpg.Record]) -> FastAPI:
    """The app; a body names the row by its `notice_no`."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.post("/notices")
    async def post_notice(body: Annotated[dict[str, Any], Body()]) -> dict[str, str]:
        await pool.execute(INSERT, body["notice_no"], body)
        return {"person_ref": body["notice_no"]}

    return app


async def serve(url: str) -> None:
    """Serve on a free port until SIGTERM."""
    db = await asyncpg.connect(url)
    await db.execute(TABLE)
    await db.close()
    async with await open_pool(url, SCHEMA, role=None) as pool:
        listener = socket.create_server((HOST, 0))
        config = uvicorn.Config(door(pool), log_config=None, access_log=False, lifespan="off", http="h11", ws="none")
        ready = {"kind": "ready", "http": f"http://{HOST}:{listener.getsockname()[1]}"}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(serve(sys.stdin.readline().strip()))
