-- The same answer as before from the last event alone: "is there any event behind the relay" was planned as if a third
-- of all events were, and read them all. In plpgsql, so that its plan is kept. Runs before the new code.
create or replace function at_work(p_now timestamptz, p_cluster_id text)
returns table (what text, name text, topic text, numbers bigint[], behind boolean)
language plpgsql stable security definer
as $$
#variable_conflict use_column
begin
    return query
    select 'relay', null::text, relay.cluster_id, array[relay.position], coalesce((relay.xid, relay.position) < (
        select xid, position from events order by xid desc, position desc limit 1
    ), false)
    from relay
    union all
    select 'deadlines', null, null, null, exists (select from deadlines where state = 'armed' and due_at <= p_now)
    union all
    select 'consumer', consumer, progress.topic, array_agg(partition::bigint order by partition)
        || array_agg(next_offset order by partition), false
    from progress
    where cluster_id = p_cluster_id
    group by consumer, progress.topic;
end
$$;

do $$
begin
    execute format('alter function at_work(timestamptz, text) set search_path = %I, pg_temp', current_schema);
end
$$;
