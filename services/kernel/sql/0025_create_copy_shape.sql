-- An empty table of the same name and shape that only this session sees, before the live one. Runs before the new code.
create function copy_shape(p_table text)
returns void
language plpgsql
as $$
begin
    execute format('create temporary table %I (like %s including all)', p_table, p_table::regclass);
end
$$;
