from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from services.kernel.errors import Refused
from services.kernel.settings import Settings, without_password


def test_the_environment_sets_what_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_HTTP_PORT", "8080")
    monkeypatch.setenv("JIELI_LANG", "en")
    assert (Settings().http_port, Settings().lang) == (8080, "en")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_DATABASE_URL", "")
    assert Settings().database_url is None


def test_an_unknown_language_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_LANG", "fr")
    with pytest.raises(ValidationError):
        Settings()


def test_shown_settings_hold_no_password() -> None:
    shown = json.dumps(Settings(database_url="postgresql://hub:s3cret@db/hub?password=s3cret").redacted())
    assert "s3cret" not in shown
    assert "postgresql://hub:***@db/hub?***" in shown


@pytest.mark.parametrize("url", ["postgresql://db:5432/hub", "postgresql://hub@db/hub", "postgresql:///hub"])
def test_an_address_without_password_is_shown_as_it_is(url: str) -> None:
    assert without_password(url) == url


def test_the_providers_secret_is_never_shown_and_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("synthetic-secret\n", "utf-8")
    given = Settings(oidc_client_secret=SecretStr("synthetic-secret"))
    assert given.client_secret() == Settings(oidc_client_secret_file=file).client_secret() == "synthetic-secret"
    assert "synthetic-secret" not in str(given.redacted()) + repr(given)
    with pytest.raises(Refused, match="JIELI_OIDC_CLIENT_SECRET_FILE"):
        Settings(oidc_client_secret_file=tmp_path / "none").client_secret()
