"""Where the key-encryption key is and which suite seals, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.kernel.ciphers import Alg
from services.kernel.errors import Refused
from services.kernel.kek import FileKek, Kek
from services.kernel.pkcs11_kek import Pkcs11Kek, Place
from services.kernel.settings import Settings


@dataclass(frozen=True, slots=True)
class SealSettings:
    """A key file, or a security module by its `pkcs11:` URI; the module wins."""

    file: Path | None
    uri: str | None = None
    alg: Alg = "A256GCM"

    @classmethod
    def of(cls, settings: Settings) -> SealSettings:
        """As the environment says."""
        return cls(settings.kek_file, settings.kek_uri, settings.seal_alg)

    def kek(self, *, made: bool = True) -> Kek:
        """The key. Refused(`setting_missing`) where none is named; or none exists and none may be made."""
        if self.uri:
            return Pkcs11Kek(Place.parsed(self.uri))
        if self.file is None or not (made or self.file.is_file()):
            raise Refused("setting_missing", "JIELI_KEK_FILE", status=500)
        return FileKek(self.file)
