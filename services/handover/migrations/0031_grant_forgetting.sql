-- With a record its handovers go, and the answers about them. Steps and events stay. Runs before the new code.
grant delete on sagas, later_notices, idempotency to jieli_handover;
