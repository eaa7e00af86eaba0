-- One row per partition key: the lock that puts all appends of a key in line, and the newest transaction that wrote it.
-- Runs before the new code.
create table heads (
    partition_key text primary key,
    last_xid xid8 not null
) with (fillfactor = 50);
