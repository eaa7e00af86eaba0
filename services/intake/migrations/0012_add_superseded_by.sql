-- Which notice took the place of a superseded one, as source/number/revision. Runs before the new code.
alter table notices add column superseded_by text;
