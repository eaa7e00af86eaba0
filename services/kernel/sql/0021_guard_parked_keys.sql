-- A key is blocked once per consumer, whoever fails on it at the same time; the open ones are listed often.
-- Runs before the new code.
alter table parked_keys
    add constraint parked_keys_state check (state in ('blocked', 'set_aside', 'released', 'discarded'));

create unique index parked_keys_one_block on parked_keys (consumer, key) where state = 'blocked';

create index parked_keys_open on parked_keys (since) where state in ('blocked', 'set_aside');
