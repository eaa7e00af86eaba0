-- Keys of the hub itself, wrapped like those of people: they outlive a rotation of the key-encryption key. Runs before
-- the code that reads them.
create table hub_keys (
    name text primary key,
    wrapped bytea not null,
    wrapped_by text not null,
    created_at timestamptz not null default clock_timestamp()
);
