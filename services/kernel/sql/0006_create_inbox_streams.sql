-- The last sequence a consumer handled of each stream: the next must be one higher. Runs before the new code.
create table inbox_streams (
    consumer text not null,
    stream_id text not null,
    last_sequence bigint not null,
    primary key (consumer, stream_id)
) with (fillfactor = 70);
