"""Signing in and showing tokens through a real OpenID provider, and every way that must come to nothing."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from services.access.app import client_of
from services.access.gate import AccessGate
from services.kernel.errors import Refused
from services.kernel.settings import Settings
from tests.support.doorstep import HERE, HTML, NO_TLS, Doorstep, doorstep
from tests.support.oidc_lab import CLIENT, SECRET, SERVICE, Lab, ProviderUnavailable, running_provider

HUB = "https://hub.example/api"
POSTS = [
    {"role": "WORKER", "org": "A04-S011", "capacity": "PROCESSOR"},
    {"role": "STREET_OFFICER", "org": "A04-S011-STREET"},
]
ACCOUNTS: dict[str, Any] = {
    "lead": {"role": "STATION_LEAD", "org": "A04-S011"},
    "both": {"posts": POSTS},
    "hub": {"role": "HUB", "org": ""},
    "misfit": {"role": "STATION_LEAD", "org": "A-CENTRE-1"},
    "nothing": {},
    SERVICE: {"role": "DETOX_CENTRE", "org": "A-CENTRE-1"},
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    try:
        with running_provider(f"{HERE}/auth/callback", HUB, ACCOUNTS) as running:
            yield running
    except ProviderUnavailable as reason:
        pytest.skip(f"real OpenID provider: {reason}")


@pytest.fixture
async def step(database_url: str, lab: Lab) -> AsyncIterator[Doorstep]:
    lab.account("lead")
    async with at_the_door(database_url, lab) as made:
        yield made


def at_the_door(url: str, lab: Lab, **more: Any) -> Any:  # noqa: ANN401
    return doorstep(
        url,
        local_access=False,
        oidc_issuer=lab.issuer,
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_audience=HUB,
        real_time=True,
        **more,
    )


async def leave(step: Doorstep) -> str:
    """Where the sign-in page sends the browser."""
    answer = await step.http.post("/auth/sign-in", data={"with": "provider"}, headers={"Origin": step.origin})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def return_to(step: Doorstep, url: str) -> httpx.Response:
    """What the hub makes of the browser that comes back."""
    return await step.http.get(url.removeprefix(HERE))


async def refused(step: Doorstep, url: str, why: str) -> None:
    """Coming back there comes to nothing."""
    answer = await return_to(step, url)
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (401, "sign_in_failed", why)
    assert (await step.http.get("/api/v1/me")).status_code == 401


async def test_the_code_flow_with_pkce_signs_in(step: Doorstep, lab: Lab) -> None:
    url = await leave(step)
    asked = parse_qs(urlsplit(url).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert all(len(asked[name][0]) >= 43 for name in ("state", "nonce", "code_challenge"))
    answer = await return_to(step, lab.authorise(url))
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/session?lang=zh")
    me = (await step.http.get("/api/v1/me")).json()
    assert me == {"name": "lead", "role": "STATION_LEAD", "org": "A04-S011", "capacity": "PROCESSOR"}
    assert await step.rows("sign_ins") == []


async def test_state_nonce_and_verifier_stay_on_the_server(step: Doorstep) -> None:
    url = await leave(step)
    [row] = await step.rows("sign_ins")
    assert row["verifier"] not in url
    assert row["verifier"] not in str(step.http.cookies.jar)
    assert row["state"] not in str(step.http.cookies.jar)


async def test_who_holds_two_posts_picks_one(step: Doorstep, lab: Lab) -> None:
    lab.account("both")
    await return_to(step, lab.authorise(await leave(step)))
    assert (await step.http.get("/api/v1/me")).json()["code"] == "post_needed"
    page = await step.http.get("/auth/session", headers=HTML)
    assert page.text.count('type="radio"') == 2
    form = {"csrf": await step.csrf(), "post": "1"}
    await step.http.post("/auth/session", data=form, headers={"Origin": step.origin})
    me = (await step.http.get("/api/v1/me")).json()
    assert (me["name"], me["role"], me["capacity"]) == ("both", "STREET_OFFICER", "STATUTORY")


async def test_a_post_that_is_none_here_signs_nobody_in(step: Doorstep, lab: Lab) -> None:
    for account in ("hub", "misfit", "nothing"):
        lab.account(account)
        answer = await return_to(step, lab.authorise(await leave(step)))
        assert (answer.status_code, answer.json()["code"]) == (403, "no_post")
        assert (await step.http.get("/api/v1/me")).status_code == 401


async def test_another_state_is_refused_and_spoils_the_attempt(step: Doorstep, lab: Lab) -> None:
    back = lab.authorise(await leave(step))
    parts = urlsplit(back)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    await refused(step, f"/auth/callback?{urlencode(query | {'state': 'x' * 43})}", "state")
    await refused(step, back, "state")


async def test_another_browsers_answer_is_refused(step: Doorstep, lab: Lab) -> None:
    back = lab.authorise(await leave(step))
    step.http.cookies.clear()
    await refused(step, back, "state")


async def test_a_code_is_good_once(step: Doorstep, lab: Lab) -> None:
    back = lab.authorise(await leave(step))
    pending = dict(step.http.cookies)
    assert (await return_to(step, back)).status_code == 303
    step.http.cookies.clear()
    step.http.cookies.update(pending)
    await refused(step, back, "state")


async def test_a_code_that_the_provider_has_seen_before_is_refused_there(step: Doorstep, lab: Lab) -> None:
    first = await leave(step)
    back = lab.authorise(first)
    row = (await step.rows("sign_ins"))[0]
    assert (await return_to(step, back)).status_code == 303
    step.http.cookies.clear()
    again = await leave(step)
    await step.owner.execute(
        "update sign_ins set state = $1, nonce = $2, verifier = $3", row["state"], row["nonce"], row["verifier"]
    )
    assert again != first
    await refused(step, back, "code")


@pytest.mark.parametrize(("column", "why"), [("nonce", "token"), ("verifier", "code")])
async def test_another_nonce_or_verifier_is_refused(step: Doorstep, lab: Lab, column: str, why: str) -> None:
    back = lab.authorise(await leave(step))
    await step.owner.execute(f"update sign_ins set {column} = repeat('x', 43)")
    await refused(step, back, why)


async def test_another_providers_answer_is_refused(step: Doorstep, lab: Lab) -> None:
    back = lab.authorise(await leave(step))
    await refused(
        step, back.replace(urlencode({"iss": lab.issuer}), urlencode({"iss": "http://evil.example"})), "issuer"
    )


async def test_what_the_provider_refuses_is_refused_without_its_words(step: Doorstep) -> None:
    state = parse_qs(urlsplit(await leave(step)).query)["state"][0]
    query = urlencode({"error": "access_denied", "error_description": "<b>secret</b>", "state": state})
    answer = await step.http.get(f"/auth/callback?{query}", headers=HTML)
    assert answer.status_code == 401
    assert "secret" not in answer.text


async def test_where_the_provider_is_away_the_page_says_so(database_url: str) -> None:
    async with doorstep(database_url, oidc_issuer="http://127.0.0.1:1", oidc_client_id=CLIENT) as step:
        form, headers = {"with": "provider"}, {**HTML, "Origin": step.origin}
        answer = await step.http.post("/auth/sign-in", data=form, headers=headers)
        assert (answer.status_code, "暂时无法办理" in answer.text) == (503, True)
        assert (await step.http.get("/api/v1/me", headers=bearer(hs256("e30", SECRET)))).status_code == 401


async def test_who_stays_away_for_ten_minutes_begins_anew(step: Doorstep, lab: Lab) -> None:
    back = lab.authorise(await leave(step))
    step.later(minutes=11)
    await refused(step, back, "state")


async def test_a_service_shows_the_providers_access_token(step: Doorstep, lab: Lab) -> None:
    answer = await step.http.get("/api/v1/me", headers=bearer(lab.service_token(HUB)))
    assert answer.json() == {"name": SERVICE, "role": "DETOX_CENTRE", "org": "A-CENTRE-1", "capacity": "STATUTORY"}


async def test_tokens_that_are_not_for_us_not_whole_or_over_are_none(step: Doorstep, lab: Lab) -> None:
    good = lab.service_token(HUB)
    header, claims, signature = good.split(".")
    said, kid = json.loads(decoded(claims)), json.loads(decoded(header))["kid"]
    wrong = {
        "other audience": lab.service_token("https://other.example/api"),
        "no algorithm": f"{encoded({'alg': 'none', 'kid': 'key-1'})}.{claims}.",
        "shared secret": hs256(claims, SECRET),
        "other claims": f"{header}.{encoded(said | {'role': 'OPS', 'org': ''})}.{signature}",
        "no key named": f"{encoded({'alg': 'RS256'})}.{claims}.{signature}",
        "unknown key": f"{encoded({'alg': 'RS256', 'kid': 'x'})}.{claims}.{signature}",
        "other algorithm": f"{encoded({'alg': 'PS256', 'kid': kid})}.{claims}.{signature}",
    }
    for what, token in wrong.items():
        answer = await step.http.get("/api/v1/me", headers=bearer(token))
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), what
    assert (await step.http.get("/api/v1/me", headers=bearer(good))).status_code == 200
    step.later(minutes=5, seconds=31)
    assert (await step.http.get("/api/v1/me", headers=bearer(good))).status_code == 401


async def test_an_identity_token_is_no_access_token(lab: Lab) -> None:
    with pytest.raises(Refused, match="JIELI_OIDC_AUDIENCE"):
        client_of(Settings(oidc_issuer=lab.issuer, oidc_client_id=CLIENT, oidc_audience=CLIENT))


async def test_without_an_audience_no_bearer_of_the_provider_is_taken(database_url: str, lab: Lab) -> None:
    async with doorstep(database_url, oidc_issuer=lab.issuer, oidc_client_id=CLIENT, real_time=True) as step:
        answer = await step.http.get("/api/v1/me", headers=bearer(lab.service_token(HUB)))
        assert answer.status_code == 401


async def test_a_rotated_key_is_found_by_its_name_and_the_old_one_is_forgotten(step: Doorstep, lab: Lab) -> None:
    old = lab.service_token(HUB)
    assert (await step.http.get("/api/v1/me", headers=bearer(old))).status_code == 200
    lab.rotate()
    new = lab.service_token(HUB)
    assert (await step.http.get("/api/v1/me", headers=bearer(new))).status_code == 401
    step.later(seconds=11)
    assert (await step.http.get("/api/v1/me", headers=bearer(new))).status_code == 200
    assert (await step.http.get("/api/v1/me", headers=bearer(old))).status_code == 401


async def test_while_the_provider_is_away_known_keys_are_good_for_an_hour(database_url: str, lab: Lab) -> None:
    async with at_the_door(database_url, lab) as step:
        assert isinstance(step.door.gate, AccessGate)
        provider = step.door.gate.bearers.provider
        assert provider is not None
        forever = bearer(lab.service_token(f"{HUB}/long"))
        assert (await step.http.get("/api/v1/me", headers=forever)).status_code == 200
        async with httpx.AsyncClient(proxy="http://127.0.0.1:1", verify=NO_TLS) as nowhere:
            provider.http = nowhere
            step.later(minutes=59)
            assert (await step.http.get("/api/v1/me", headers=forever)).status_code == 200
            step.later(minutes=1)
            assert (await step.http.get("/api/v1/me", headers=forever)).status_code == 503


async def test_an_identity_token_that_is_over_is_refused(step: Doorstep, lab: Lab) -> None:
    back = lab.authorise(await leave(step))
    step.later(minutes=6)
    await refused(step, back, "token")


async def test_claims_are_read_under_the_names_of_the_setting(database_url: str, lab: Lab) -> None:
    lab.account("lead")
    async with at_the_door(database_url, lab, oidc_claims="sub=role") as step:
        await return_to(step, lab.authorise(await leave(step)))
        assert (await step.http.get("/api/v1/me")).json()["name"] == "STATION_LEAD"
    with pytest.raises(Refused, match="JIELI_OIDC_CLAIMS"):
        async with at_the_door(database_url, lab, oidc_claims="roll=role"):
            pass


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def hs256(claims: str, key: str) -> str:
    """A token signed with what is no secret between the hub and its provider's tokens."""
    head = encoded({"alg": "HS256", "kid": "key-1"})
    mark = hmac.digest(key.encode(), f"{head}.{claims}".encode(), sha256)
    return f"{head}.{claims}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"
