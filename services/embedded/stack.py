"""PostgreSQL and the broker over one data folder, started and stopped together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.embedded.broker import EmbeddedBroker
from services.embedded.folder import SECRETS, DataFolder
from services.embedded.postgres import EmbeddedPostgres
from services.kernel.tokens import create_key_file


class EmbeddedStack:
    """The same folder continues where it stopped: PostgreSQL keeps everything, the broker nothing."""

    def __init__(
        self,
        data: Path,
        *,
        settings: Mapping[str, str] | None = None,
        database_url: str | None = None,
        kafka_bootstrap: str | None = None,
    ) -> None:
        """``settings`` are PostgreSQL's, over ours. An address given takes the place of the embedded part.

        Nothing is started and no file touched yet.
        """
        self._folder = DataFolder(data)
        self._settings = settings
        self._postgres: EmbeddedPostgres | None = None
        self._given = database_url, kafka_bootstrap
        self.data = self._folder.path
        self.broker = EmbeddedBroker(self.data / "logs")

    @property
    def kek_file(self) -> Path:
        """Where the key that wraps all persons' keys lives; whoever first needs it makes it."""
        return self.data / SECRETS / "kek"

    @property
    def token_key_file(self) -> Path:
        """Key that signs bearer tokens."""
        return self.data / SECRETS / "token-key"

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The database server; only once started."""
        if self._postgres is None:
            raise RuntimeError("栈尚未启动 the stack is not started")
        return self._postgres

    @property
    def database_url(self) -> str:
        """Owner's address of the database, with its password."""
        return self._given[0] or self.postgres.url()

    @property
    def kafka_bootstrap(self) -> str:
        """Address for Kafka clients."""
        return self._given[1] or self.broker.bootstrap

    async def start(self) -> None:
        """Own the folder, make its secrets once, start both. StackRefused, with nothing left running."""
        self._folder.take()
        try:
            create_key_file(self.token_key_file)
            await self.start_missing()
        except BaseException:
            await self.stop()
            raise

    async def start_missing(self) -> list[str]:
        """Start what is embedded and does not run; gives the names of the parts."""
        started = []
        if not self._given[0] and not (self._postgres and self._postgres.running()):
            self._postgres = self._postgres or self._server()
            await self._postgres.start()
            started.append("postgres")
        if not self._given[1] and not self.broker.running():
            await self.broker.restart()
            started.append("broker")
        return started

    async def stop(self) -> None:
        """Stop both and give the folder up; harmless when nothing runs."""
        await self.broker.stop()
        if self._postgres is not None:
            await self._postgres.stop()
        self._folder.release()

    def write_ready(self, ready: Mapping[str, object]) -> None:
        """Let others find the stack: ``stack.json`` (0600) until it stops."""
        self._folder.write_ready(ready)

    def _server(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(
            self.data / "postgres",
            logs=self.data / "logs",
            password=self._folder.secret("postgres-password"),
            settings=self._settings,
        )
