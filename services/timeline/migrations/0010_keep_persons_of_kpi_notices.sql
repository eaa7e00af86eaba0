-- The number of a notice is its centre's own: whose notice it is tells it from another centre's. Both tables are folded
-- again from the first fact. Runs before the new code.
delete from kpi_cases;
delete from kpi_notices;
alter table kpi_notices add column person_ref text not null;
