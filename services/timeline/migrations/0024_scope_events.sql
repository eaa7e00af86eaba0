-- What the timeline itself said of people (who looked, what they asked for) is read as the journal is. Runs before the
-- new code.
alter table events enable row level security;
create policy service on events to jieli_timeline using (true) with check (true);
create policy reader on events for select to jieli_timeline_reader using (person_in_scope(meta ->> 'subject'));
grant select on events to jieli_timeline_reader;
