-- Intake alone may know who a person is. Runs before the new code.
grant select, insert, update (sealed, updated_at), delete on identities to jieli_intake;
