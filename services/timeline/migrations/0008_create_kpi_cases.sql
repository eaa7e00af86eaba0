-- One row per handover: what the figures look at (`kept`), under the day of release. Runs before the new code.
create table kpi_cases (
    handover_id text primary key,
    person_ref text not null,
    released date,
    kept jsonb not null
) with (fillfactor = 70);

create index kpi_cases_of_release on kpi_cases (released);
