-- A restore numbers the rows anew in the order (xid, position), which is not always that of position: the key is looked
-- at when a statement ends, not at each of its rows. Runs before the new code.
alter table audit drop constraint audit_pkey, add primary key (position) deferrable;
