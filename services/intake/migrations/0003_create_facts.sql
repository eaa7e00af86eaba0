-- Business keys of facts from outside, kept for ever; numbers and contents as keyed hashes. Runs before the new code.
create table facts (
    source text not null,
    type text not null,
    number_hash text not null,
    revision integer not null,
    content_hash text not null,
    event_id text not null,
    primary key (source, type, number_hash, revision)
);
