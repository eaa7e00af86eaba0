-- Who is behind a sealed record: the same sealed bytes as before, found by no number any more. `org_id`: the district
-- workstation that answered for it. Runs before the new code.
create table sealed_identities (
    person_ref text primary key,
    sealed bytea not null,
    org_id text not null,
    sealed_at timestamptz not null
);

grant select, insert, delete on sealed_identities to jieli_intake;
