"""What an operator sets from outside: environment variables `JIELI_*`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kernel.errors import Refused

MASK = "***"
ERASURES = "erasures.jsonl"
PREFIX = "JIELI_"
DATABASE = r"^postgres(ql)?://\S*$"
BROKERS = r"^[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*$"
WEB = r"^https?://\S+$"
ADDRESS = r"^[0-9a-fA-F.:]{2,39}$"
ORIGIN = r"^https?://[^\s/?#]+$"


class Settings(BaseSettings):
    """One process's settings. Without `database_url` and `kafka_bootstrap` the embedded parts take their place.

    `persons`: `synthetic` refuses every real resident number, `real` every synthetic one (specification §5.1).
    `policy_file`: values over the shipped policy.
    `identity_key_file`: intake's private key for identities on topics.
    `erasures_file`: what was erased, for backups from before; without it `erasures.jsonl` in the data folder.
    `kek_uri`: the key-encryption key in a security module (RFC 7512).
    `intake_url`, `handover_url`: where these services answer if not in this process.
    `local_access`: tokens signed here and the sample cities' users are good; `jieli up` sets it.
    `oidc_*`: the OpenID provider; `oidc_claims` as in `role=jieli_role org=department`.
    `bearer_file`: the provider's token that the command line shows.
    `public_url`: where browsers reach the hub, if not where it listens.
    `trusted_proxy`: the address of the proxy that says where requests come from; without it nobody does.
    `session_ms`: after how long without a heartbeat a consumer group gives a process's partitions to another.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid")

    database_url: str | None = Field(default=None, pattern=DATABASE)
    kafka_bootstrap: str | None = Field(default=None, pattern=BROKERS)
    data: Path | None = None
    http_port: int = Field(default=0, ge=0, le=65_535)
    lang: Literal["zh", "en"] = "zh"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    policy_file: Path | None = None
    city: Literal["a", "b"] = "a"
    persons: Literal["synthetic", "real"] = "synthetic"
    kek_file: Path | None = None
    kek_uri: str | None = None
    seal_alg: Literal["A256GCM", "SM4GCM"] = "A256GCM"
    identity_key_file: Path | None = None
    erasures_file: Path | None = None
    token_key_file: Path | None = None
    embedded: bool = False
    intake_url: str | None = Field(default=None, pattern=WEB)
    handover_url: str | None = Field(default=None, pattern=WEB)
    session_ms: int = Field(default=45_000, ge=6_000)
    local_access: bool = False
    oidc_issuer: str | None = Field(default=None, pattern=WEB)
    oidc_client_id: str | None = None
    oidc_client_secret: SecretStr | None = None
    oidc_client_secret_file: Path | None = None
    oidc_audience: str | None = None
    oidc_claims: str = ""
    bearer_file: Path | None = None
    public_url: str | None = Field(default=None, pattern=ORIGIN)
    trusted_proxy: str | None = Field(default=None, pattern=ADDRESS)
    session_idle_minutes: int = Field(default=30, ge=1, le=1_440)
    session_hours: int = Field(default=12, ge=1, le=24)
    reveal_limit: int = Field(default=300, ge=1)
    reveal_minutes: int = Field(default=10, ge=1, le=1_440)

    @property
    def erasure_log(self) -> Path | None:
        """Where erasures are written down; None where nothing says it."""
        return self.erasures_file or (self.data / ERASURES if self.data else None)

    def redacted(self) -> dict[str, object]:
        """All settings ready for JSON, passwords in addresses masked."""
        shown = self.model_dump(mode="json")
        return shown | {"database_url": without_password(self.database_url)}

    def client_secret(self) -> str | None:
        """What this hub proves itself with to its OpenID provider. Refused `setting_invalid` for an unreadable file."""
        if self.oidc_client_secret_file is None:
            return self.oidc_client_secret.get_secret_value() if self.oidc_client_secret else None
        try:
            return self.oidc_client_secret_file.read_text("utf-8").strip()
        except OSError as error:
            raise Refused("setting_invalid", "JIELI_OIDC_CLIENT_SECRET_FILE", status=500) from error


def from_environment() -> Settings:
    """This process's settings. Refuses `setting_invalid`, naming the variables and never what stood in them."""
    try:
        return Settings()
    except ValidationError as wrong:
        found = wrong.errors(include_input=False, include_url=False)
        names = ", ".join(sorted({PREFIX + str(each["loc"][0]).upper() for each in found}))
        reasons = "; ".join(dict.fromkeys(each["msg"] for each in found))
        detail = f"环境变量 {names} 的值无效，请改正。 The variable {names} has an invalid value: {reasons}."
        raise Refused("setting_invalid", detail, status=500) from None


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
