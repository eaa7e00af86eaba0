-- Append to one stream in one round trip. SQLSTATE 40001: a newer transaction wrote this key before us, so our events
-- would be fed before its events; redo everything in a new transaction. SQLSTATE JV409: not the expected version, the
-- actual one is the detail. Must run under READ COMMITTED: each statement sees what was committed while it waited.
-- Runs before the new code.
create function append(
    p_key text, p_stream text, p_expected bigint,
    p_ids text[], p_types text[], p_data jsonb[], p_meta jsonb[], p_at timestamptz
)
returns table (at_position bigint, at_version bigint, at_xid text)
language plpgsql
as $$
declare
    me constant xid8 := pg_current_xact_id();
    actual bigint;
begin
    insert into heads as head (partition_key, last_xid) values (p_key, me)
    on conflict (partition_key) do update set last_xid = me where head.last_xid <= me;
    if not found then
        raise exception 'a newer transaction wrote this key' using errcode = '40001';
    end if;

    select coalesce(max(version), 0) into actual from events where stream_id = p_stream;
    if actual <> p_expected then
        raise exception '%: expected version %, found %', p_stream, p_expected, actual
        using errcode = 'JV409', detail = actual::text;
    end if;

    return query
    insert into events as stored (xid, stream_id, version, event_id, type, data, meta, recorded_at)
    select me, p_stream, p_expected + given.ordinal, given.id, given.type, given.data, given.meta, p_at
    from unnest(p_ids, p_types, p_data, p_meta) with ordinality as given (id, type, data, meta, ordinal)
    order by given.ordinal
    returning stored.position, stored.version, me::text;
end
$$;
