-- Sign-ins on their way through the provider, each bound to one browser and taken once. Runs before the new code.
create table sign_ins (
  id_hash bytea primary key,
  state text not null,
  nonce text not null,
  verifier text not null,
  ends_at timestamptz not null
);
