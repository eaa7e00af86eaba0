-- How far each source's own numbering has come, and which numbers are missing below it. Runs before the new code.
create table source_sequences (
    source text primary key,
    last_seq bigint not null
);

create table missing_sequences (
    source text not null,
    seq bigint not null,
    from_seq bigint not null,
    to_seq bigint not null,
    primary key (source, seq)
);
