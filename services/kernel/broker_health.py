"""Who the broker is, asked again and again over one connection."""

from __future__ import annotations

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from services.kernel.errors import Unavailable
from services.kernel.topics_admin import REQUEST_MS, cluster_of


class BrokerWatch:
    """Tells the cluster id of whatever answers at the address now."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._client: AIOKafkaClient | None = None

    async def cluster_id(self) -> str:
        """The broker's cluster id. Raises Unavailable; the next call connects anew."""
        try:
            return await cluster_of(await self._connected())
        except (KafkaError, OSError, AttributeError) as error:  # a client without nodes fails with AttributeError
            await self.close()
            raise Unavailable(f"kafka {type(error).__name__}") from error

    async def close(self) -> None:
        """End the connection."""
        if self._client:
            await self._client.close()
        self._client = None

    async def _connected(self) -> AIOKafkaClient:
        if self._client is None:
            self._client = AIOKafkaClient(bootstrap_servers=self._bootstrap, request_timeout_ms=REQUEST_MS)
            await self._client.bootstrap()
        return self._client
