-- What handover's role may do with looks. Runs before the new code.
grant select, insert, update, delete on looks to jieli_handover;
