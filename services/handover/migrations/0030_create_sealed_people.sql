-- People whose record was sealed or deleted: nothing opens a handover for them any more. Read only where no live saga
-- was found. Runs before the new code.
create table sealed_people (
    person_ref text primary key,
    since timestamptz not null
);

grant select, insert on sealed_people to jieli_handover;
