-- The door of every process works as jieli_access; passwords are set by commands of the owner. Runs before the new code.
do $$
begin
    execute format('grant usage on schema %I to public', current_schema);
end
$$;
grant select on migrations to public;
grant select, insert, update, delete on sessions, tries to jieli_access;
grant select, insert, delete on sign_ins to jieli_access;
grant select, insert, update on spent to jieli_access;
grant select on passwords to jieli_access;
