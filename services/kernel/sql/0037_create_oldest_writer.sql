-- The oldest transaction of the instance that may still write: no feed passes it. Sessions of other roles are seen by
-- the owner alone, if they are a member of pg_read_all_stats. Runs before the new code.
create function oldest_writer()
returns table (seconds double precision, pid integer, state text, application_name text)
language sql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
    select extract(epoch from clock_timestamp() - xact_start)::float8, pid, state, application_name
    from pg_stat_activity
    where backend_xid is not null and pid <> pg_backend_pid()
    order by age(backend_xid) desc
    limit 1
$$;
