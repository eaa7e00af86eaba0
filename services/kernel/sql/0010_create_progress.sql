-- How far a consumer is in each partition of one broker; a lost broker's rows are of another cluster_id.
-- Runs before the new code.
create table progress (
    consumer text not null,
    cluster_id text not null,
    topic text not null,
    partition integer not null,
    next_offset bigint not null,
    primary key (consumer, cluster_id, topic, partition)
) with (fillfactor = 50);
