-- A parked message remembers where it stood on which broker, and its raw key; arrival numbers them.
-- timestamp: milliseconds since 1970. Runs before the new code.
alter table parked_messages
    alter column seq add generated always as identity,
    add column cluster_id text not null,
    add column key bytea,
    add column timestamp bigint not null;
