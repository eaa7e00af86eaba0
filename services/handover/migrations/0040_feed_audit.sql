-- The audit becomes a feed as `events` is: places are given out before commit, so a reader in the order of places alone
-- would miss rows. Rows written before this share one transaction id and keep their order. Runs before the new code.
alter table audit rename column place to position;
alter table audit add column xid xid8 not null default pg_current_xact_id();
create index audit_feed on audit (xid, position);
