-- The handovers that a notice is about. It works as the owner, by an index that no reader's policy lets PostgreSQL use;
-- which of them a reader sees the policy says. Runs before the new code.
create function sagas_of_notice(p_notice text)
returns text[]
language sql stable security definer
as $$
    select array(
        select handover_id from sagas where notices @> array[p_notice]
        union
        select handover_id from later_notices where notice = p_notice
    )
$$;

do $$
begin
    execute format('alter function sagas_of_notice(text) set search_path = %I, pg_temp', current_schema);
end
$$;
revoke execute on function sagas_of_notice(text) from public;
grant execute on function sagas_of_notice(text) to jieli_handover, jieli_handover_reader;
