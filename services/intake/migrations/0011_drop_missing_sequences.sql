-- One row a missing number could not hold a wide hole; missing_ranges does. Runs after the new code.
drop table missing_sequences;
