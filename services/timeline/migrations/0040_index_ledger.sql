-- The ledger (specification §4.3 P-06) is read from the journal itself: every disclosure and every look stands there once,
-- on one topic, few beside the rest. Runs before the new code.
create index journal_ledger on journal (xid, position) where topic = 'hub.privacy.v1';
create index journal_ledger_person on journal ((data ->> 'person_ref'), xid, position) where topic = 'hub.privacy.v1';
