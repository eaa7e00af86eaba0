-- Passwords of the sample cities' users, Argon2id; embedded mode alone asks for them. Runs before the new code.
create table passwords (
  name text primary key,
  hash text not null,
  set_at timestamptz not null
);
