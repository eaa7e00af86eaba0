-- The rows of a table as canonical text, in an order that no physical place decides; for comparing two tables by hash.
-- p_without: columns that say where a row was read, not what it says. Runs before the new code.
create function table_lines(p_table regclass, p_without text[])
returns setof text
language plpgsql stable
as $$
begin
    return query execute format(
        'select (to_jsonb(held) - $1)::text collate "C" from %s as held order by 1', p_table
    ) using p_without;
end
$$;
