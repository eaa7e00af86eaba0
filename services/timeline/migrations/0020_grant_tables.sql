-- What the timeline's role may do with its tables: the journal is only ever added to, projections may be built anew.
-- Runs before the new code.
grant select, insert on journal to jieli_timeline;
grant select, insert, update, delete
    on kpi_cases, kpi_notices, person_organisations, person_timeline, short_notices, station_inbox
    to jieli_timeline;
