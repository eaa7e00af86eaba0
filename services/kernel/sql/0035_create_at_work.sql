-- What of this service is still on its way, for whoever asks on behalf of the whole hub: how far its relay and its
-- consumers are, whether a deadline is due. It works as the owner, so that nobody needs to read the tables.
-- Runs before the new code.
create function at_work(p_now timestamptz, p_cluster_id text)
returns table (what text, name text, topic text, numbers bigint[], behind boolean)
language sql stable security definer
as $$
    select 'relay', null, relay.cluster_id, array[relay.position], exists (
        select from events where (events.xid, events.position) > (relay.xid, relay.position)
    )
    from relay
    union all
    select 'deadlines', null, null, null, exists (select from deadlines where state = 'armed' and due_at <= p_now)
    union all
    select 'consumer', consumer, progress.topic, array_agg(partition::bigint order by partition)
        || array_agg(next_offset order by partition), false
    from progress
    where cluster_id = p_cluster_id
    group by consumer, progress.topic
$$;

do $$
begin
    execute format('alter function at_work(timestamptz, text) set search_path = %I, pg_temp', current_schema);
end
$$;
