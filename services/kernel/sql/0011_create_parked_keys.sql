-- Keys that are blocked for a consumer, and facts set aside (their messages block nothing). Runs before the new code.
create table parked_keys (
    id text primary key,
    consumer text not null,
    key text not null,
    first_event text not null,
    reason text not null,
    detail_fields text[] not null default '{}',
    attempts integer not null default 0,
    since timestamptz not null,
    state text not null
);

create index parked_keys_of_key on parked_keys (consumer, key);
