-- Events are only ever added. The trigger binds the owner too; other roles get no more than they need:
--   grant select, insert on events to <role>; revoke update, delete, truncate on events from <role>;
-- Runs before the new code.
create function refuse_change() returns trigger
language plpgsql
as $$
begin
    raise exception '% 只可追加 is append-only', tg_table_name using errcode = '42501';
end
$$;

create trigger events_append_only
before update or delete or truncate on events
for each statement execute function refuse_change();
