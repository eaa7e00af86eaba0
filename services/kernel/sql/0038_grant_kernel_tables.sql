-- What the service's own role may do with the kernel's tables: no more than the code does. Nobody may change an event,
-- an inbox row or an answer once given. Runs before the new code.
do $$
declare
    me constant text := 'jieli_' || current_schema;
    granted record;
begin
    execute format('grant usage on schema %I to %I, jieli_watch', current_schema, me);
    for granted in
        select * from (values
            ('migrations', 'select'),
            ('events', 'select, insert'),
            ('heads', 'select, insert, update'),
            ('inbox', 'select, insert'),
            ('inbox_streams', 'select, insert, update'),
            ('waiting', 'select, insert, update, delete'),
            ('deadlines', 'select, insert, update'),
            ('relay', 'select, update'),
            ('progress', 'select, insert, update'),
            ('parked_keys', 'select, insert, update'),
            ('parked_messages', 'select, insert, update, delete'),
            ('quarantined', 'select, insert, update'),
            ('idempotency', 'select, insert'),
            ('projections', 'select, insert, update')
        ) as given (of_table, privileges)
    loop
        execute format('grant %s on %I to %I', granted.privileges, granted.of_table, me);
    end loop;
    revoke execute on function at_work(timestamptz, text), next_due(timestamptz), oldest_writer() from public;
    grant execute on function at_work(timestamptz, text), next_due(timestamptz), oldest_writer() to jieli_watch;
end
$$;
