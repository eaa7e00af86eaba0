-- A waiting message remembers where it stood on which broker. timestamp: milliseconds since 1970.
-- Runs before the new code.
alter table waiting
    add column cluster_id text not null,
    add column partition integer not null,
    add column "offset" bigint not null,
    add column timestamp bigint not null;
