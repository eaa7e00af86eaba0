-- The saga's memory, append-only: a saga is the fold of its steps. Runs before the new code.
-- rules: ids in the order in which they ran; patch: the fields a step changed, no P2 and no P3 in clear.
create table steps (
  handover_id text not null,
  version bigint not null,
  at timestamptz not null,
  input_id text not null,
  input_name text not null,
  rules text[] not null,
  outcome text not null,
  patch jsonb not null,
  primary key (handover_id, version)
);
create index steps_of_input on steps (input_id);
