-- One data key per person, wrapped by the key-encryption key `wrapped_by`. An erased row stays for ever: it is the
-- fence that keeps the key from being made anew. Runs before the code that seals.
create table person_keys (
    person_ref text primary key,
    kid text not null unique,
    wrapped bytea,
    wrapped_by text,
    state text not null default 'active' check (state in ('active', 'erased')),
    created_at timestamptz not null default clock_timestamp(),
    check ((state = 'active') = (wrapped is not null)),
    check ((wrapped is null) = (wrapped_by is null))
);
