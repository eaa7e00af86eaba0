-- First of the two signatures under a lawful read of a sealed record; kept for any reference that is asked for, whether
-- there is a record or not. Runs before the new code.
create table lawful_reads (
    person_ref text not null,
    request_hash text not null,
    official text not null,
    at timestamptz not null,
    primary key (person_ref, request_hash)
);

grant select, insert, update, delete on lawful_reads to jieli_intake;
