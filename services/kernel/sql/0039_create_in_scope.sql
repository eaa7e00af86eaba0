-- Whether one of these organisations is among those that the present reader may see: the setting jieli.scope, written by
-- kernel/scoped.py for one transaction. `*` is everybody; unset, nobody. Runs before the new code.
create function in_scope(p_organisations text[])
returns boolean
language sql stable
as $$
    select coalesce(
        string_to_array(nullif(current_setting('jieli.scope', true), ''), ',') && array_append(p_organisations, '*'), false
    )
$$;

do $$
begin
    execute format('grant usage on schema %I to %I', current_schema, 'jieli_' || current_schema || '_reader');
end
$$;
