"""A real OpenID provider (npm oidc-provider) on loopback; its packages are fetched once, by lock, into our cache."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).parents[2]
HERE = Path(__file__).with_name("oidc")
CACHE = REPOSITORY / ".cache" / "oidc"
FETCH_SECONDS = 100
START_SECONDS = 30
STOP_SECONDS = 10
FILES = ("package.json", "package-lock.json", "provider.mjs")
CLIENT, SECRET = "jieli", "synthetic-secret"
SERVICE, SERVICE_SECRET = "centre-system", "synthetic-service"


class ProviderUnavailable(Exception):
    """This machine cannot run the provider; the words say what is missing."""


@dataclass(frozen=True, slots=True)
class Lab:
    """A running provider."""

    issuer: str
    http: httpx.Client

    def account(self, name: str) -> None:
        """Whom it signs in from now on."""
        self.http.post(f"{self.issuer}/test/account/{name}").raise_for_status()

    def rotate(self) -> None:
        """From now on it signs with another key, and publishes that one alone."""
        self.http.post(f"{self.issuer}/test/rotate").raise_for_status()

    def authorise(self, url: str) -> str:
        """What a browser does at the provider: where it is sent back to."""
        self.http.cookies.clear()
        for _ in range(6):
            answer = self.http.get(url)
            assert answer.is_redirect, answer.text
            url = str(answer.next_request.url) if answer.next_request else ""
            if not url.startswith(self.issuer):
                return url
        raise AssertionError(url)

    def service_token(self, resource: str) -> str:
        """An access token for a service's own use of that resource."""
        form = {"grant_type": "client_credentials", "resource": resource, "scope": "hub"}
        answer = self.http.post(f"{self.issuer}/token", data=form, auth=(SERVICE, SERVICE_SECRET))
        assert answer.is_success, answer.text
        return str(answer.json()["access_token"])


def fetch() -> None:
    """Bring the packages once, by their hashes; later calls are free. ProviderUnavailable says why it cannot be."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        raise ProviderUnavailable(f"{' and '.join(missing)} not installed")
    CACHE.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_text("utf-8")
    for name in FILES:
        shutil.copyfile(HERE / name, CACHE / name)
    done = CACHE / "complete"
    if done.is_file() and done.read_text("utf-8") == lock:
        return
    try:
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=CACHE,
            check=True,
            timeout=FETCH_SECONDS,
            capture_output=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise ProviderUnavailable(f"the provider's packages could not be fetched ({type(error).__name__})") from error
    done.write_text(lock, "utf-8")


@contextmanager
def running_provider(redirect: str, audience: str, accounts: Mapping[str, object]) -> Iterator[Lab]:
    """A fresh provider until the block ends. `accounts`: the claims of each; raises ProviderUnavailable."""
    fetch()
    child = subprocess.Popen(
        ["node", "provider.mjs"],
        cwd=CACHE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdin.write(json.dumps({"redirect": redirect, "audience": audience, "accounts": accounts}).encode())
        child.stdin.close()
        too_late = threading.Timer(START_SECONDS, child.kill)
        too_late.start()
        line = child.stdout.readline()
        too_late.cancel()
        if not line:
            raise ProviderUnavailable("the provider did not start")
        with httpx.Client(timeout=START_SECONDS) as http:
            yield Lab(json.loads(line)["issuer"], http)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(STOP_SECONDS)
        child.stdout.close()
