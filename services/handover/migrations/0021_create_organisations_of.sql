-- Which organisations have a part in a handover now, from what it remembers: who answers, was offered or oversees, who
-- gave notice, whose order it is, who was notified. Runs before the new code.
create function organisations_of(p_doc jsonb, p_notices text[])
returns text[]
language sql immutable
as $$
    select array[p_doc ->> 'accountable']
        || array(select value #>> '{}' from jsonb_path_query(
            p_doc, '$.place.keyvalue() ? (@.key != "assignment").value') as value)
        || array(select value #>> '{}' from jsonb_path_query(p_doc, '$.notified[*]') as value)
        || array(select value #>> '{}' from jsonb_path_query(p_doc, '$.orders.*.street') as value)
        || array(select split_part(notice, '/', 1) from unnest(p_notices) as notice)
$$;
