"""uvicorn on one loopback port that is known before the first request; signals belong to the process, not to it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from services.kernel.tasks import spawn

HOST = "127.0.0.1"
GRACE = 5  # seconds that open requests get at the end
KEEP_ALIVE = 75  # seconds; a server that closes before its clients do meets their next request half-way


class _Server(uvicorn.Server):
    @override
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def serving(api: FastAPI, port: int, proxy: str | None = None) -> AsyncIterator[str]:
    """Serve the app until the block ends; gives its address, `http://127.0.0.1:N`. Port 0 takes a free one.

    `proxy`: whose `X-Forwarded-For` and `-Proto` say where a request comes from; else nobody's do.
    """
    listener = socket.create_server((HOST, port))
    config = uvicorn.Config(
        api,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=KEEP_ALIVE,
        http="httptools",
        ws="none",
        proxy_headers=proxy is not None,
        forwarded_allow_ips=proxy or [],
    )
    server = _Server(config)
    task = spawn(server.serve(sockets=[listener]), "http")
    try:
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
