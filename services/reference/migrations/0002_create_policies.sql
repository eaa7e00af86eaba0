-- Every policy version that was ever in force, by the values that it chose: sagas live under the one they were opened
-- under. Runs before the new code.
create table policies (
  version text primary key,
  chosen jsonb not null,
  since timestamptz not null
);
