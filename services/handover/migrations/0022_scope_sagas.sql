-- A reader finds the handovers of the organisations in its scope, and of the person if that is who reads; the service
-- itself works with all. Runs before the new code.
alter table sagas enable row level security;
create policy service on sagas to jieli_handover using (true) with check (true);
create policy reader on sagas for select to jieli_handover_reader using (
    in_scope(array['person:' || person_ref]) or in_scope(organisations_of(doc, notices))
);
grant select on sagas to jieli_handover_reader;
