-- Messages that came before their predecessors in the stream. Runs before the new code.
create table waiting (
    consumer text not null,
    stream_id text not null,
    sequence bigint not null,
    key text not null,
    topic text not null,
    headers jsonb not null,
    value bytea,
    primary key (consumer, stream_id, sequence)
);
