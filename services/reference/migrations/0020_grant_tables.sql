-- Everybody may read policies and working days; handover notes that its deadlines follow a year. Runs before the new code.
do $$
begin
    execute format('grant usage on schema %I to public', current_schema);
end
$$;
grant select on migrations, policies, calendar_years to public;
grant insert on policies to jieli_reference;
grant update (applied) on calendar_years to jieli_handover;
