-- A chain is read and added to, never changed. Runs before the new code.
grant select, insert on audit_chain to jieli_handover;
