-- Ingress messages that were answered, by the sender's own id. Runs before the new code.
create table messages (
    source text not null,
    message_id text not null,
    outcome text not null,
    at timestamptz not null,
    primary key (source, message_id)
);
