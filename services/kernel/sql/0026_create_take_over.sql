-- Make a live table say what the rebuilt one says, writing only the rows that differ; gives how many those were.
-- Runs before the new code.
create function take_over(p_live regclass, p_rebuilt regclass)
returns bigint
language plpgsql
as $$
declare
    gone bigint;
    added bigint;
begin
    execute format(
        'delete from %s as live where not exists (select from %s as rebuilt where rebuilt = live)', p_live, p_rebuilt
    );
    get diagnostics gone = row_count;
    execute format(
        'insert into %s select * from %s as rebuilt where not exists (select from %s as live where live = rebuilt)',
        p_live, p_rebuilt, p_live
    );
    get diagnostics added = row_count;
    return gone + added;
end
$$;
