"""A token says who asks, and nobody else can say it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from services.kernel.clock import SHANGHAI, VirtualClock
from services.kernel.errors import Refused
from services.kernel.tokens import Actor, Tokens, create_key_file

START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
KEY = b"0" * 32
LEAD = Actor("lead-1", "STATION_LEAD", "A01-S001", "co-executor")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def tokens(clock: VirtualClock) -> Tokens:
    return Tokens(KEY, clock)


def signed(alg: str, key: bytes, **claims: object) -> str:
    whole = {"sub": "x", "role": "OPS", "org": "", "exp": int(START.timestamp()) + 60} | claims
    given = {name: value for name, value in whole.items() if value is not None}
    return jwt.encode({"alg": alg}, given, OctKey.import_key(key), algorithms=[alg])


def refused(tokens: Tokens, token: str) -> bool:
    with pytest.raises(Refused) as caught:
        tokens.verify(token)
    return (caught.value.code, caught.value.status) == ("unauthenticated", 401)


def test_the_actor_comes_back_as_it_went_in(tokens: Tokens) -> None:
    assert tokens.verify(tokens.issue(LEAD)) == LEAD
    person = Actor("01PERSON", "PERSON", "")
    assert tokens.verify(tokens.issue(person)) == person


def test_a_token_ends(tokens: Tokens, clock: VirtualClock) -> None:
    token = tokens.issue(LEAD, timedelta(hours=1))
    assert tokens.expiry(token) == START + timedelta(hours=1)
    clock.set(START + timedelta(hours=1, seconds=2))
    assert refused(tokens, token)


def test_another_key_is_refused(tokens: Tokens, clock: VirtualClock) -> None:
    assert refused(tokens, Tokens(b"1" * 32, clock).issue(LEAD))


def test_a_changed_token_is_refused(tokens: Tokens) -> None:
    head, body, signature = tokens.issue(LEAD).split(".")
    other = tokens.issue(Actor("ops", "OPS", "")).split(".")[1]
    assert refused(tokens, f"{head}.{other}.{signature}")
    assert refused(tokens, f"{head}.{body}.")


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_our_key(tokens: Tokens, alg: str) -> None:
    assert refused(tokens, signed(alg, KEY * 2))
    assert refused(tokens, signed(alg, KEY))


def test_no_algorithm_is_refused(tokens: Tokens) -> None:
    body = signed("HS256", KEY).split(".")[1]
    assert refused(tokens, f"eyJhbGciOiJub25lIn0.{body}.")


@pytest.mark.parametrize("missing", ["sub", "role", "org", "exp"])
def test_every_claim_is_needed(tokens: Tokens, missing: str) -> None:
    assert refused(tokens, signed("HS256", KEY, **{missing: None}))


@pytest.mark.parametrize("claim", ["sub", "role", "org", "capacity"])
def test_a_claim_that_is_not_text_is_refused(tokens: Tokens, claim: str) -> None:
    assert refused(tokens, signed("HS256", KEY, **{claim: ["OPS"]}))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "…", "e30.e30.e30"])
def test_what_is_no_token_is_refused(tokens: Tokens, token: str) -> None:
    assert refused(tokens, token)


def test_the_key_file_is_private_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "token-key"
    create_key_file(path)
    first = path.read_bytes()
    create_key_file(path)
    assert path.read_bytes() == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(first) == 32


def test_two_holders_of_one_key_file_understand_each_other(tmp_path: Path) -> None:
    create_key_file(tmp_path / "k")
    assert Tokens.from_file(tmp_path / "k").verify(Tokens.from_file(tmp_path / "k").issue(LEAD)) == LEAD
