-- The handovers in which an organisation has something to do. It works as the owner, by an index that no reader's policy
-- lets PostgreSQL use; a reader asks for organisations in its scope only. Runs before the new code.
create function inbox_of(p_organisation text)
returns text[]
language sql stable security definer
as $$
    select array_agg(handover_id) from station_inbox
    where recipients @> array[p_organisation] and recipients <> '{}' and in_scope(array[p_organisation])
$$;

do $$
begin
    execute format('alter function inbox_of(text) set search_path = %I, pg_temp', current_schema);
end
$$;
revoke execute on function inbox_of(text) from public;
grant execute on function inbox_of(text) to jieli_timeline_reader;
