-- Who seals and opens may make keys and read them; only intake erases one, and nobody deletes a row: it is the fence.
-- Everybody may see which migrations ran. Runs before the new code.
do $$
begin
    execute format('grant usage on schema %I to public', current_schema);
end
$$;
grant select on migrations to public;
grant select, insert on person_keys, hub_keys to jieli_keys;
grant select, insert, update (state, wrapped, wrapped_by) on person_keys to jieli_intake;
