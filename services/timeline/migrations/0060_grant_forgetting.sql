-- With a record the answers kept for the person's requests are forgotten. Runs before the new code.
grant delete on idempotency to jieli_timeline;
