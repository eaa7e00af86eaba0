-- Which organisation has which part in a person's affairs now. `matter`: handover_id or notice_no. A row without
-- organisation remembers that the part is over. Runs before the new code.
create table person_organisations (
    person_ref text not null,
    matter text not null,
    relation text not null,
    org_id text,
    xid xid8 not null,
    position bigint not null,
    primary key (person_ref, matter, relation)
);
