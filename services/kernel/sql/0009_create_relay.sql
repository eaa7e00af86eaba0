-- The one row of the relay: how far the feed is on the broker, and who leads until when. A higher epoch fences off the
-- former leader. Runs before the new code.
create table relay (
    only_row boolean primary key default true check (only_row),
    cluster_id text,
    xid xid8 not null default '0',
    position bigint not null default 0,
    owner text,
    epoch bigint not null default 0,
    until timestamptz
) with (fillfactor = 50);

insert into relay default values;
