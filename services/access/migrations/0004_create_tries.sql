-- How often a sign-in was tried, by the keyed hash of account or address. Runs before the new code.
-- Unlogged: every process sees it, and after a crash of the server counting starts anew.
create unlogged table tries (
  bucket text primary key,
  failures integer not null,
  admitted boolean not null,
  blocked_until timestamptz not null,
  last_at timestamptz not null
);
