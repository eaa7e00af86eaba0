-- Notices and facts that contradict what is on file: parked once each, asked about, never applied.
-- Runs before the new code.
create table conflicts (
    source text not null,
    number text not null,
    revision integer not null,
    content_hash text not null,
    parked_id text not null,
    primary key (source, number, revision, content_hash)
);
