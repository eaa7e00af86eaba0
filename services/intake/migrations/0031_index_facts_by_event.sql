-- The sealing of a record forgets the business keys of its facts. Runs before the new code.
create index facts_of_event on facts (event_id);
