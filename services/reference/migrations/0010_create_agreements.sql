-- Data-sharing agreements that an operator brought, every version: what was shared under one can be answered for later.
-- Shipped ones stand in files. Runs before the new code.
create table agreements (
  id text not null,
  version integer not null,
  content jsonb not null,
  imported timestamptz not null,
  primary key (id, version)
);
grant select on agreements to public;
