-- A chain is read and added to, never changed. Runs before the new code.
do $$
begin
    execute format('grant select, insert on events_chain to %I', 'jieli_' || current_schema);
end
$$;
