"""Signing in locally, what the cookies are, how long a session lives, and what another site cannot do with it."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
from typer.testing import CliRunner

from services.access.gate import AccessGate
from services.access.passwords import Passwords
from services.access.renewing import renew_password
from services.cli import build
from services.kernel.errors import Refused
from services.kernel.tokens import Actor
from tests.support.doorstep import CSRF, HTML, LEAD, Doorstep, doorstep

OWN = "http://127.0.0.1:9999"
ORIGINS: list[tuple[dict[str, str], int]] = [
    ({"Sec-Fetch-Site": "same-origin", "Origin": OWN}, 200),
    ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": OWN}, 200),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
    ({}, 403),
    ({"Origin": "null"}, 403),
    ({"Origin": "http://127.0.0.1:9998"}, 403),
    ({"Sec-Fetch-Site": "same-site", "Origin": OWN}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 403),
]


@pytest.fixture
async def step(database_url: str) -> AsyncIterator[Doorstep]:
    async with doorstep(database_url) as made:
        yield made


def cookies(answer: httpx.Response) -> dict[str, str]:
    """Each cookie that was set, with its attributes in lower case."""
    return {line.partition("=")[0]: line.lower() for line in answer.headers.get_list("set-cookie")}


async def test_who_signs_in_asks_from_then_on_by_cookie(step: Doorstep) -> None:
    await step.signed_in()
    me = (await step.http.get("/api/v1/me")).json()
    assert me == {"name": LEAD, "role": "STATION_LEAD", "org": "A04-S011", "capacity": "PROCESSOR"}


async def test_a_wrong_password_a_user_without_one_and_nobody_are_refused_alike(step: Doorstep) -> None:
    await step.password()
    answers = [await step.sign_in(name, "wrong") for name in (LEAD, "worker@A04-S011", "nobody@nowhere")]
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(401, "sign_in_wrong")}
    assert await step.rows("sessions") == []


async def test_the_cookies_by_plain_http_are_out_of_reach_of_scripts_and_of_other_sites(step: Doorstep) -> None:
    answer = await step.sign_in(password=await step.password())
    found = cookies(answer)
    assert set(found) == {"jieli-session", "jieli-csrf", "jieli-device"}
    assert all("samesite=lax" in one and "path=/" in one and "domain" not in one for one in found.values())
    assert {name for name, one in found.items() if "httponly" in one} == {"jieli-session", "jieli-device"}


async def test_by_https_they_are_secure_and_for_this_host_alone(database_url: str) -> None:
    async with doorstep(database_url, "https://hub.example", public_url="https://hub.example") as step:
        answer = await step.sign_in(password=await step.password())
        found = cookies(answer)
        assert set(found) == {"__Host-jieli-session", "__Host-jieli-csrf", "__Host-jieli-device"}
        assert all("; secure" in one and "path=/" in one and "domain" not in one for one in found.values())
        assert (await step.http.get("/api/v1/me")).status_code == 200


async def test_a_cookie_that_we_did_not_sign_is_none(step: Doorstep) -> None:
    await step.signed_in()
    value = step.http.cookies["jieli-session"]
    for forged in (value[:-1] + ("0" if value[-1] != "0" else "1"), value.partition(".")[0], "x" + value, ""):
        headers = {"Cookie": f"jieli-session={forged}"}
        assert (await httpx_apart(step).get("/api/v1/me", headers=headers)).status_code == 401


async def test_the_table_holds_nothing_that_signs_in(step: Doorstep) -> None:
    await step.signed_in()
    given = step.http.cookies["jieli-session"].partition(".")[0]
    assert given not in str(await step.rows("sessions"))


async def test_signing_in_again_rotates_the_session(step: Doorstep) -> None:
    await step.signed_in()
    old = dict(step.http.cookies)
    await step.signed_in()
    assert step.http.cookies["jieli-session"] != old["jieli-session"]
    assert (await httpx_apart(step, old).get("/api/v1/me")).status_code == 401
    assert len(await step.rows("sessions")) == 1


async def test_a_session_that_nobody_uses_ends_and_one_that_is_used_ends_too(step: Doorstep) -> None:
    await step.signed_in()
    for _ in range(4):
        step.later(minutes=29)
        assert (await step.http.get("/api/v1/me")).status_code == 200
    step.later(minutes=31)
    assert (await step.http.get("/api/v1/me")).status_code == 401
    await step.signed_in()
    for _ in range(24):
        step.later(minutes=29)
        assert (await step.http.get("/api/v1/me")).status_code == 200
    step.later(minutes=25)
    assert (await step.http.get("/api/v1/me")).status_code == 401


async def test_signing_out_ends_it_on_the_server(step: Doorstep) -> None:
    csrf = await step.signed_in()
    kept = dict(step.http.cookies)
    answer = await step.http.post("/auth/sign-out", data={"csrf": csrf}, headers={"Origin": step.origin})
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/sign-in?lang=zh")
    assert (await httpx_apart(step, kept).get("/api/v1/me")).status_code == 401
    assert "jieli-session" not in step.http.cookies


async def test_a_fresh_password_ends_every_session_of_its_user(step: Doorstep, database_url: str) -> None:
    await step.signed_in()
    await renew_password(database_url, LEAD)
    assert (await step.http.get("/api/v1/me")).status_code == 401
    with pytest.raises(Refused, match="user_unknown"):
        await renew_password(database_url, "station_lead@A-CENTRE-1")


async def test_an_unsafe_request_by_cookie_comes_from_our_own_pages(step: Doorstep) -> None:
    csrf = await step.signed_in()
    for headers, status in ORIGINS:
        answer = await step.http.post("/api/v1/things", headers={"X-CSRF-Token": csrf, **headers})
        assert answer.status_code == status, headers
        assert status == 200 or answer.json()["code"] == "csrf"


async def test_and_carries_what_this_session_alone_knows_twice(step: Doorstep) -> None:
    csrf = await step.signed_in()
    own = {"Origin": step.origin}
    assert (await step.http.post("/api/v1/things", headers=own)).status_code == 403
    assert (await step.http.post("/api/v1/things", headers=own | {"X-CSRF-Token": "0" * 64})).status_code == 403
    session_alone = {"jieli-session": step.http.cookies["jieli-session"]}
    apart = httpx_apart(step, session_alone)
    assert (await apart.post("/api/v1/things", headers=own | {"X-CSRF-Token": csrf})).status_code == 403
    assert (await step.http.post("/auth/sign-out", data={"csrf": "0"}, headers=own)).status_code == 403
    assert (await step.http.post("/api/v1/things", headers=own | {"X-CSRF-Token": csrf})).status_code == 200


async def test_another_site_cannot_sign_somebody_in(step: Doorstep) -> None:
    password = await step.password()
    answer = await step.sign_in(LEAD, password, Origin="http://evil.example")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")


async def test_a_bearer_token_needs_no_cookie_and_goes_before_one(step: Doorstep) -> None:
    await step.signed_in()
    assert (await step.http.get("/api/v1/me", headers=step.bearer("AUDITOR"))).json()["role"] == "AUDITOR"
    assert (await step.http.post("/api/v1/things", headers=step.bearer())).status_code == 200
    assert (await step.http.get("/api/v1/me", headers={"Authorization": "Bearer x.y.z"})).status_code == 401


async def test_who_holds_two_posts_picks_one_and_may_change(step: Doorstep) -> None:
    csrf = await step.signed_in("both@A04-S011")
    waiting = await step.http.get("/api/v1/me")
    assert (waiting.status_code, waiting.json()["code"]) == (403, "post_needed")
    for number, role in (("0", "WORKER"), ("1", "STREET_OFFICER")):
        before = step.http.cookies["jieli-session"]
        form, own = {"csrf": csrf, "post": number}, {"Origin": step.origin}
        assert (await step.http.post("/auth/session", data=form, headers=own)).status_code == 303
        me = (await step.http.get("/api/v1/me")).json()
        assert (me["role"], me["capacity"]) == (role, "PROCESSOR" if role == "WORKER" else "STATUTORY")
        assert step.http.cookies["jieli-session"] != before
        csrf = await step.csrf()
    wrong = await step.http.post("/auth/session", data={"csrf": csrf, "post": "7"}, headers={"Origin": step.origin})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "no_post")


async def test_a_change_of_post_prolongs_nothing_and_leaves_nothing_to_who_knew_the_cookie(step: Doorstep) -> None:
    csrf, before, ends_at = await step.signed_in(), dict(step.http.cookies), (await step.session())["ends_at"]
    step.later(minutes=20)
    await step.http.post("/auth/session", data={"csrf": csrf, "post": "0"}, headers={"Origin": step.origin})
    assert (await step.session())["ends_at"] == ends_at
    async with httpx_apart(step, before) as thief:
        assert (await thief.get("/api/v1/me")).status_code == 401


async def test_a_session_that_was_revoked_meanwhile_has_no_post_to_pick(step: Doorstep) -> None:
    await step.signed_in()
    assert isinstance(step.door.gate, AccessGate)
    sessions = step.door.gate.sessions
    found = await sessions.find(step.http.cookies["jieli-session"].rpartition(".")[0])
    await sessions.revoke(found.id)
    with pytest.raises(Refused, match="unauthenticated"):
        await sessions.pick(found, "0")
    assert len(await step.rows("sessions")) == 1


async def test_who_acts_for_no_organisation_is_nobody_else_by_naming_one(step: Doorstep) -> None:
    for role, org in (("PERSON", "01SOMEBODYELSE"), ("AUDITOR", "A"), ("OPS", "A04"), ("CONTACT", "A04-S011")):
        answer = await step.http.get("/api/v1/me", headers=step.bearer(role, org))
        assert (answer.status_code, answer.json()["role"], answer.json()["org"]) == (200, role, "")
    assert (await step.http.get("/api/v1/me", headers=step.bearer("OPS", "A"))).json()["org"] == "A"


async def test_every_token_speaks_of_capacities_with_the_same_words(step: Doorstep) -> None:
    assert (await step.http.get("/api/v1/me", headers=step.bearer("WORKER", "A04-S011"))).json()[
        "capacity"
    ] == "PROCESSOR"
    odd = step.tokens.issue(Actor("w", "WORKER", "A04-S011", "合成甲"))
    answer = await step.http.get("/api/v1/me", headers={"Authorization": f"Bearer {odd}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "no_post")


async def test_what_is_no_text_and_no_token_is_refused_and_breaks_nothing(step: Doorstep) -> None:
    answer = await step.sign_in("a\x00b", "x")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")
    deep = base64.urlsafe_b64encode(b"[" * 11_000).decode()
    answer = await step.http.get("/api/v1/me", headers={"Authorization": f"Bearer {deep}.a.b"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("public_url", ["https://hub.example", "http://127.0.0.1:9"])
async def test_what_browsers_are_told_follows_the_public_address_alone(database_url: str, public_url: str) -> None:
    strict = public_url.startswith("https")
    for reached_by in ("http://127.0.0.1:9", "https://127.0.0.1:9"):
        async with doorstep(database_url, reached_by, public_url=public_url) as step:
            answer = await step.sign_in(password=await step.password(), Origin=public_url)
            assert ("strict-transport-security" in answer.headers) is strict
            assert all(("secure" in one) is strict for one in cookies(answer).values())


async def test_who_came_in_by_the_old_password_while_it_was_renewed_is_put_out(
    step: Doorstep, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, renew = await step.password(), Passwords.renew

    async def with_somebody_coming(self: Passwords, name: str, now: datetime) -> str:
        assert (await step.sign_in(LEAD, old)).status_code == 303
        return await renew(self, name, now)

    monkeypatch.setattr(Passwords, "renew", with_somebody_coming)
    await renew_password(database_url, LEAD)
    assert (await step.http.get("/api/v1/me")).status_code == 401


async def test_an_operator_ends_every_session_of_one_person_and_nobody_elses(
    step: Doorstep, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    await step.signed_in("worker@A04-S011")
    async with httpx_apart(step) as other:
        form = {"with": "local", "name": LEAD, "password": await step.password()}
        await other.post("/auth/sign-in", data=form, headers={"Origin": step.origin})
        monkeypatch.setenv("JIELI_DATABASE_URL", database_url)
        done = await asyncio.to_thread(CliRunner().invoke, build(), ["sign-out", LEAD, "--json"])
        assert json.loads(done.stdout) == {"kind": "signed-out", "actor": LEAD, "ended": 1}
        assert (await other.get("/api/v1/me")).status_code == 401
    assert (await step.http.get("/api/v1/me")).status_code == 200


async def test_outside_embedded_mode_nobody_signs_in_locally_nor_with_the_hubs_own_tokens(database_url: str) -> None:
    async with doorstep(database_url, local_access=False) as step:
        answer = await step.sign_in(password=await step.password())
        assert (answer.status_code, answer.json()["code"]) == (403, "local_access_off")
        assert (await step.http.get("/api/v1/me", headers=step.bearer("OPS"))).status_code == 401
        assert (await step.http.get("/api/v1/me", headers=step.bearer("HUB"))).status_code == 200


async def test_the_pages_need_no_script_and_load_nothing_from_elsewhere(step: Doorstep) -> None:
    page = await step.http.get("/auth/sign-in", headers=HTML)
    assert page.status_code == 200
    assert '<html lang="zh-CN">' in page.text
    assert "登录" in page.text
    policy = page.headers["content-security-policy"]
    assert {"default-src 'self'", "script-src 'none'", "frame-ancestors 'none'", "form-action 'self'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    for forbidden in ("<script", "style=", "<style", "onclick", "http://", "https://"):
        assert forbidden not in page.text
    english = await step.http.get("/auth/sign-in?lang=en", headers=HTML)
    assert "Sign in" in english.text
    sheet = await step.http.get("/auth/style.css")
    assert (sheet.status_code, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")


async def test_the_whole_way_by_forms_alone(step: Doorstep) -> None:
    password, page = await step.password(), {**HTML, "Sec-Fetch-Site": "same-origin"}
    form = {"with": "local", "name": LEAD, "password": "wrong"}
    refused = await step.http.post("/auth/sign-in", data=form, headers=page)
    assert (refused.status_code, "用户名或密码不正确" in refused.text, "wrong" in refused.text) == (401, True, False)
    entered = await step.http.post("/auth/sign-in", data=form | {"password": password}, headers=page)
    own = await step.http.get(entered.headers["location"], headers=HTML)
    assert LEAD in own.text
    assert "站长" in own.text
    assert "甲市04区S011街道服务站" in own.text
    found = CSRF.search(own.text)
    assert found is not None
    left = await step.http.post("/auth/sign-out", data={"csrf": found[1]}, headers=page)
    assert left.status_code == 303
    back = await step.http.get("/auth/session", headers=HTML)
    assert (back.status_code, back.headers["location"]) == (303, "/auth/sign-in?lang=zh")


async def test_what_somebody_types_is_shown_as_text(step: Doorstep) -> None:
    form = {"with": "local", "name": '"><script>alert(1)</script>', "password": "x"}
    answer = await step.http.post("/auth/sign-in", data=form, headers={**HTML, "Origin": step.origin})
    assert answer.status_code == 401
    assert "<script" not in answer.text


async def test_a_form_without_end_is_refused(step: Doorstep) -> None:
    answer = await step.http.post("/auth/sign-in", content=b"a=" + b"x" * 10_000, headers={"Origin": step.origin})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def httpx_apart(step: Doorstep, cookies: dict[str, str] | None = None) -> httpx.AsyncClient:
    """Another browser at the same door."""
    return httpx.AsyncClient(transport=step.http._transport, base_url=step.http.base_url, cookies=cookies)
