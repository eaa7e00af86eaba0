-- Messages of a person that some consumer of the hub cannot handle: no statutory step until they are released.
-- Runs before the new code.
create table blocked_people (
  parked_id text primary key,
  person_ref text not null,
  since timestamptz not null
);
create index blocked_people_of_person on blocked_people (person_ref);
