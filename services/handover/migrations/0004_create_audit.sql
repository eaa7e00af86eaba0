-- Every command with its answer: accepted, pending, refused. Never its payload. Runs before the new code.
create table audit (
  place bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  role text not null,
  org text not null,
  capacity text not null,
  handover_id text not null,
  record text not null,
  outcome text not null,
  code text not null
);
create index audit_of_handover on audit (handover_id, place);
