-- Requests of persons (PIPL 44-50) are this service's own facts, few beside its other ones; inboxes ask for the open ones.
-- Runs before the new code.
create index events_rights on events (stream_id, version) where stream_id like 'rights-%';
