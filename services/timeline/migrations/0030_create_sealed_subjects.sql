-- Whose record was sealed or deleted, at which place of this journal. `whole`: a person, whose facts are hidden from
-- everybody, also those that come later; else the number of a notice, of which only what came before is hidden, for the
-- same number may come again about somebody else. Runs before the new code.
create table sealed_subjects (
    subject text primary key,
    whole boolean not null,
    xid xid8 not null,
    position bigint not null
);
