-- What waits behind a blocked key, in order of arrival. A message of an in.* topic keeps no value: it is reread by
-- offset and recognised by sha256. Runs before the new code.
create table parked_messages (
    parked_id text not null references parked_keys (id) on delete cascade,
    seq bigint not null,
    event_id text,
    topic text not null,
    partition integer not null,
    "offset" bigint not null,
    headers jsonb not null,
    value bytea,
    sha256 text not null,
    primary key (parked_id, seq)
);
