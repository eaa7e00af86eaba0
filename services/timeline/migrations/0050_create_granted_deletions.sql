-- Deletions of a person's record that a human granted and that are not answered yet: a row from the grant to the answer.
-- Runs before the new code.
create table granted_deletions (
    request_no text primary key,
    person_ref text not null,
    org_id text not null,
    at timestamptz not null
);
