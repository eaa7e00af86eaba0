-- The sealing of a record takes its person out of the receipts of files. Runs before the new code.
create index import_rows_of_person on import_rows (person_ref) where person_ref is not null;
