-- What handover's role may do with its tables: no more than its code does. Steps and audit are only ever added.
-- Runs before the new code.
grant select, insert on audit, later_notices, steps to jieli_handover;
grant select, insert, update on sagas to jieli_handover;
grant select, insert, delete on blocked_people, source_gaps, waiting_facts to jieli_handover;
