-- A reader finds what is about the people whom somebody in its scope has a part with, and the tasks of those in its
-- scope; the service itself works with all. Runs before the new code.
alter table journal enable row level security;
create policy service on journal to jieli_timeline using (true) with check (true);
create policy reader on journal for select to jieli_timeline_reader using (person_in_scope(meta ->> 'subject'));

alter table person_timeline enable row level security;
create policy service on person_timeline to jieli_timeline using (true) with check (true);
create policy reader on person_timeline for select to jieli_timeline_reader using (person_in_scope(person_ref));

alter table person_organisations enable row level security;
create policy service on person_organisations to jieli_timeline using (true) with check (true);
create policy reader on person_organisations for select to jieli_timeline_reader using (person_in_scope(person_ref));

alter table station_inbox enable row level security;
create policy service on station_inbox to jieli_timeline using (true) with check (true);
create policy reader on station_inbox for select to jieli_timeline_reader using (
    in_scope(recipients) or person_in_scope(person_ref)
);

alter table short_notices enable row level security;
create policy service on short_notices to jieli_timeline using (true) with check (true);
create policy reader on short_notices for select to jieli_timeline_reader using (
    in_scope(array[source]) or person_in_scope(person_ref)
);

grant select on journal, person_timeline, person_organisations, station_inbox, short_notices to jieli_timeline_reader;
