-- The chain over `audit`, in the form of events_chain. Runs before the new code.
create table audit_chain (
    block bigint primary key check (block > 0),
    xid xid8 not null,
    position bigint not null,
    leaves bytea not null check (octet_length(leaves) > 0 and octet_length(leaves) % 32 = 0),
    digest bytea not null check (octet_length(digest) = 32)
);
create trigger audit_chain_append_only
before update or delete or truncate on audit_chain
for each statement execute function refuse_change();
