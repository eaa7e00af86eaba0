-- One row per handover: what its public facts add up to (`board`), who must do what (`tasks`), and for whom it is
-- listed (`recipients`; empty when it is over). Runs before the new code.
create table station_inbox (
    handover_id text primary key,
    person_ref text not null,
    version bigint not null,
    state text not null,
    level integer not null,
    board jsonb not null,
    tasks jsonb not null,
    recipients text[] not null
) with (fillfactor = 70);

create index station_inbox_of_recipient on station_inbox using gin (recipients) where recipients <> '{}';
create index station_inbox_of_person on station_inbox (person_ref);
