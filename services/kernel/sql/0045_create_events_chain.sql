-- The chain over `events`: `leaves` are the hashes of the next rows of the feed (32 bytes each), `digest` the keyed hash
-- of the block before and these, (xid, position) the place of the last of them. The key is not in the database.
-- Runs before the new code.
create table events_chain (
    block bigint primary key check (block > 0),
    xid xid8 not null,
    position bigint not null,
    leaves bytea not null check (octet_length(leaves) > 0 and octet_length(leaves) % 32 = 0),
    digest bytea not null check (octet_length(digest) = 32)
);
create trigger events_chain_append_only
before update or delete or truncate on events_chain
for each statement execute function refuse_change();
