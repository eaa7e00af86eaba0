-- Which facts belong on whose timeline, in the order they were journaled. Runs before the new code.
create table person_timeline (
    event_id text primary key,
    person_ref text not null,
    xid xid8 not null,
    position bigint not null,
    name text not null,
    time timestamptz not null,
    recorded_time timestamptz not null,
    source text not null,
    timer boolean not null
);

create index person_timeline_of_person on person_timeline (person_ref, time);
