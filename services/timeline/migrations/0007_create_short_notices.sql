-- Whose planned day of release was last moved so near that early contact cannot wait (specification X-01).
-- Runs before the new code.
create table short_notices (
    person_ref text primary key,
    short boolean not null,
    source text,
    new_date date,
    since timestamptz not null,
    xid xid8 not null,
    position bigint not null
);

create index short_notices_of_source on short_notices (source) where short;
