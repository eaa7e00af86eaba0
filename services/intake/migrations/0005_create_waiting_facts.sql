-- Facts that name a notice nobody has sent yet; they follow it in order of arrival. The payload is sealed.
-- Runs before the new code.
create table waiting_facts (
    id text primary key,
    ordinal bigint generated always as identity,
    source text not null,
    notice_no text not null,
    sealed bytea not null,
    since timestamptz not null
);

create index waiting_facts_of_notice on waiting_facts (source, notice_no, ordinal);
