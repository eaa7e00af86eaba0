-- Who is behind a pseudonym: everything sealed under the person's key, found only by a keyed hash of the number.
-- Runs before the new code.
create table identities (
    person_ref text primary key,
    blind_index text unique,
    sealed bytea not null,
    updated_at timestamptz not null
);
