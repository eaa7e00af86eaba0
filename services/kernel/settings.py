"""What an operator sets from outside: environment variables `JIELI_*`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MASK = "***"


class Settings(BaseSettings):
    """One process's settings. Without `database_url` and `kafka_bootstrap` the embedded parts take their place.

    `policy_file`: values over the shipped policy.
    `identity_key_file`: intake's private key for identities on topics.
    `kek_uri`: the key-encryption key in a security module (RFC 7512).
    `intake_url`, `handover_url`: where these services answer if not in this process.
    `session_ms`: after how long without a heartbeat a consumer group gives a process's partitions to another.
    """

    model_config = SettingsConfigDict(env_prefix="JIELI_", env_ignore_empty=True, frozen=True, extra="forbid")

    database_url: str | None = None
    kafka_bootstrap: str | None = None
    data: Path | None = None
    http_port: int = 0
    lang: Literal["zh", "en"] = "zh"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    policy_file: Path | None = None
    city: Literal["a", "b"] = "a"
    kek_file: Path | None = None
    kek_uri: str | None = None
    seal_alg: Literal["A256GCM", "SM4GCM"] = "A256GCM"
    identity_key_file: Path | None = None
    token_key_file: Path | None = None
    embedded: bool = False
    intake_url: str | None = None
    handover_url: str | None = None
    session_ms: int = Field(default=45_000, ge=6_000)

    def redacted(self) -> dict[str, object]:
        """All settings ready for JSON, passwords in addresses masked."""
        shown = self.model_dump(mode="json")
        return shown | {"database_url": without_password(self.database_url)}


def without_password(url: str | None) -> str | None:
    """The address with its password and its query masked, since libpq takes a password in either place."""
    if url is None:
        return None
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    if not colon and not parts.query:
        return url
    netloc = f"{name}{colon}{MASK if colon else ''}{at}{host}"
    return urlunsplit(parts._replace(netloc=netloc, query=MASK if parts.query else ""))
