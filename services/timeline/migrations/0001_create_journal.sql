-- Every fact of the hub once, as it came over the topics; read in the order (xid, position). `data` is the sealed
-- payload in its present version, `meta` the envelope's attributes that are not columns. Runs before the new code.
create table journal (
    event_id text primary key,
    position bigint generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    stream_id text not null,
    version bigint not null,
    type text not null,
    data jsonb not null,
    meta jsonb not null,
    topic text not null,
    partition integer not null,
    "offset" bigint not null,
    recorded_at timestamptz not null,
    journaled_at timestamptz not null
);

create index journal_feed on journal (xid, position);
create index journal_stream on journal (stream_id, version);

create trigger journal_append_only
before update or delete or truncate on journal
for each statement execute function refuse_change();
