-- Data keys of sealed records, encrypted under the sealing key instead of the key-encryption key. Only the service that
-- keeps the vault reads them. Runs before the new code.
create table sealed_keys (
    person_ref text primary key,
    kid text not null unique,
    wrapped bytea not null,
    sealed_at timestamptz not null
);

grant select, insert, delete on sealed_keys to jieli_intake;
