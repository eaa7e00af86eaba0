-- Working-day years that an operator brought, every edition: a deadline's calendar version can be computed again.
-- Runs before the new code. Shipped years stand in files. applied: since when armed deadlines follow it.
create table calendar_years (
  calendar text not null,
  year integer not null,
  edition integer not null,
  content jsonb not null,
  imported timestamptz not null,
  applied timestamptz,
  primary key (calendar, year, edition)
);
