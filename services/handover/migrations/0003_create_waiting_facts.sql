-- Facts about a person without a live saga; they follow right behind the fact that opens it. Runs before the new code.
-- message: envelope, payload and place as they came; sealed values stay tokens.
create table waiting_facts (
  place bigint generated always as identity,
  event_id text primary key,
  person_ref text not null,
  message jsonb not null,
  since timestamptz not null
);
create index waiting_facts_of_person on waiting_facts (person_ref, place);
