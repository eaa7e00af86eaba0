-- How far each version of a projection is in the journal. Runs before the new code.
create table projections (
    name text not null,
    version integer not null,
    xid xid8 not null default '0',
    position bigint not null default 0,
    primary key (name, version)
) with (fillfactor = 50);
