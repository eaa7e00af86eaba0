-- Who last looked at whose handover, so that a reader who comes back within the hour is on record once. Runs before the
-- new code.
create table looks (
    person_ref text not null,
    org_id text not null,
    role text not null,
    actor text not null,
    at timestamptz not null,
    primary key (person_ref, org_id, role, actor)
);
