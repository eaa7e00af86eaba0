-- What intake's role may do with its tables: no more than its code does. Runs before the new code.
grant select, insert on conflicts, facts, import_rows to jieli_intake;
grant select, insert, update on about, imports, messages, notices, source_sequences to jieli_intake;
grant select, insert, delete on waiting_facts to jieli_intake;
grant select, insert, update, delete on declines, missing_ranges to jieli_intake;
