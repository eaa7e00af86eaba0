-- The earliest armed deadline of this service up to an instant; for whoever moves a virtual clock. It works as the
-- owner, so that nobody needs to read the table. Runs before the new code.
create function next_due(p_until timestamptz)
returns timestamptz
language sql stable security definer
as $$
    select min(due_at) from deadlines where state = 'armed' and due_at <= p_until
$$;

do $$
begin
    execute format('alter function next_due(timestamptz) set search_path = %I, pg_temp', current_schema);
end
$$;
