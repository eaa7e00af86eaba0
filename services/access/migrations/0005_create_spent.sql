-- How often an actor read about people in the present window. Runs before the new code. Unlogged: as tries.
create unlogged table spent (
  bucket text primary key,
  since timestamptz not null,
  used integer not null
);
