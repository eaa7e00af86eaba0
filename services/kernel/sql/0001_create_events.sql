-- The service's event store. Feed order is (xid, position): position alone is given out before commit and loses events.
-- The server that relays and the tables live in one cluster: an xid means nothing elsewhere. After a logical restore
-- (pg_dump) disable the trigger, set events.xid and heads.last_xid to '0' and every cursor to ('0', position).
-- Runs before the new code.
create table events (
    position bigint generated always as identity,
    xid xid8 not null,
    stream_id text not null,
    version bigint not null check (version > 0),
    event_id text not null unique,
    type text not null,
    data jsonb not null,
    meta jsonb not null,
    recorded_at timestamptz not null,
    primary key (stream_id, version),
    -- A message must fit the broker's limit. Text is at most six times the stored form, so small rows skip the cast.
    constraint events_data_fits check (pg_column_size(data) < 150000 or octet_length(data::text) < 900000),
    constraint events_meta_fits check (pg_column_size(meta) < 60000)
);

create index events_feed on events (xid, position);
