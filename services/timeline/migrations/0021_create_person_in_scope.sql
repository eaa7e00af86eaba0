-- Whether somebody in the reader's scope has a part in a person's affairs. It works as the owner: a policy must see rows
-- that the reader may not. Runs before the new code.
create function person_in_scope(p_person text)
returns boolean
language sql stable security definer
as $$
    select in_scope(array['person:' || p_person])
        or exists (
            select from person_organisations where person_ref = p_person and in_scope(array[org_id])
        )
        or exists (
            select from station_inbox
            where person_ref = p_person
            and in_scope(recipients || array[board ->> 'station', board ->> 'accountable'])
        )
$$;

do $$
begin
    execute format('alter function person_in_scope(text) set search_path = %I, pg_temp', current_schema);
end
$$;
revoke execute on function person_in_scope(text) from public;
grant execute on function person_in_scope(text) to jieli_timeline, jieli_timeline_reader;
