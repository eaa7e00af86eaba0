-- Steps and audit are only ever added, as events are. Runs before the new code.
create trigger steps_append_only
before update or delete or truncate on steps
for each statement execute function refuse_change();
create trigger audit_append_only
before update or delete or truncate on audit
for each statement execute function refuse_change();
