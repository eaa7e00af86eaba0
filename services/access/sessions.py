"""Who is signed in: a row that the server can revoke at any time, found by the hash of what the cookie carries."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from services.access.posts import Post
from services.kernel.clock import Clock
from services.kernel.db import Pool
from services.kernel.errors import Refused
from services.kernel.tokens import unauthenticated

RANDOM_BYTES: Final = 32
BEGIN: Final = """
    with old as (delete from sessions where ends_at < $5::timestamptz - interval '1 day' or id_hash = $7)
    insert into sessions (id_hash, actor, posts, post, created_at, seen_at, ends_at) values ($1, $2, $3, $4, $5, $5, $6)
"""
PICK: Final = """
    update sessions set id_hash = $1, post = $2, seen_at = $3
    where id_hash = $4 and revoked_at is null and ends_at > $3
    returning id_hash
"""
FIND: Final = """
    with seen as (
      update sessions set seen_at = $2
      where id_hash = $1 and revoked_at is null and ends_at > $2 and seen_at > $2 - $3::interval
        and seen_at < $2 - interval '1 minute'
    )
    select actor, posts, post, ends_at from sessions
    where id_hash = $1 and revoked_at is null and ends_at > $2 and seen_at > $2 - $3::interval
"""
REVOKE: Final = "update sessions set revoked_at = $2 where id_hash = $1 and revoked_at is null"


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in. `post`: what they act as, None until they picked it."""

    id: str
    actor: str
    posts: Sequence[Post]
    post: Post | None
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Sessions:
    """Keeps them. `idle`: ends a session that nobody uses; `life`: ends every one."""

    pool: Pool
    clock: Clock
    idle: timedelta
    life: timedelta

    async def begin(self, actor: str, posts: Sequence[Post], *, old: str = "") -> str:
        """Somebody has signed in: a new session, which replaces `old`. A single post is picked at once."""
        given, now = fresh(), self.clock.now()
        picked = posts[0] if len(posts) == 1 else None
        row = ([asdict(one) for one in posts], asdict(picked) if picked else None)
        await self.pool.execute(BEGIN, hashed(given), actor, *row, now, now + self.life, hashed(old))
        return given

    async def find(self, given: str | None) -> Session:
        """The living session of a cookie. Refused(`unauthenticated`)."""
        row = await self.pool.fetchrow(FIND, hashed(given), self.clock.now(), self.idle) if given else None
        if row is None or given is None:
            raise unauthenticated()
        posts = [post_of(one) for one in row["posts"]]
        return Session(given, row["actor"], posts, post_of(row["post"]) if row["post"] else None, row["ends_at"])

    async def pick(self, session: Session, number: str) -> str:
        """The same session acting as one of its posts, by its number, under a fresh id: it ends when it would have.

        Refused(`no_post`), Refused(`unauthenticated`) where it has ended meanwhile.
        """
        posts = {str(place): post for place, post in enumerate(session.posts)}
        if number not in posts:
            raise Refused("no_post", status=403)
        given = fresh()
        row = (hashed(given), asdict(posts[number]), self.clock.now(), hashed(session.id))
        if await self.pool.fetchval(PICK, *row) is None:
            raise unauthenticated()
        return given

    async def revoke(self, given: str) -> None:
        """Over from now on."""
        await self.pool.execute(REVOKE, hashed(given), self.clock.now())


def fresh() -> str:
    """A value that nobody guesses."""
    return secrets.token_urlsafe(RANDOM_BYTES)


def hashed(given: str) -> bytes:
    """What is stored of a cookie's value: of no use to who reads the table."""
    return sha256(given.encode()).digest()


def post_of(said: Mapping[str, Any]) -> Post:
    """A post as it was stored."""
    return Post(**said)
