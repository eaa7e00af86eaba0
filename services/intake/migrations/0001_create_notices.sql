-- What intake knows of a notice, one row a revision: the content as a keyed hash, the person by pseudonym.
-- state: live, superseded (a second source took over), withdrawn, closed (its handover ended). Runs before the new code.
create table notices (
    source text not null,
    notice_no text not null,
    revision integer not null check (revision > 0),
    person_ref text not null,
    content_hash text not null,
    episode_no integer not null,
    planned_release_date date,
    order_expected text not null,
    basis text not null,
    routing text not null,
    station_id text,
    state text not null default 'live' check (state in ('live', 'superseded', 'withdrawn', 'closed')),
    received_at timestamptz not null,
    ordinal bigint generated always as identity,
    primary key (source, notice_no, revision)
) with (fillfactor = 80);

create index notices_of_person on notices (person_ref, episode_no);
