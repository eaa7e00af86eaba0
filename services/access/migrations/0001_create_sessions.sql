-- Who is signed in: the cookie's hash, never the cookie; revoked by the server alone. Runs before the new code.
-- posts: what the person may act as; post: what they picked, null until they did.
create table sessions (
  id_hash bytea primary key,
  actor text not null,
  posts jsonb not null,
  post jsonb,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  ends_at timestamptz not null,
  revoked_at timestamptz
);
