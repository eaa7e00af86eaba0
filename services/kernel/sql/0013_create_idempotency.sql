-- Answers to requests that carried an Idempotency-Key, given again to the same actor. Runs before the new code.
create table idempotency (
    key text not null,
    actor text not null,
    request_hash text not null,
    status integer not null,
    body jsonb not null,
    at timestamptz not null,
    primary key (key, actor)
);
