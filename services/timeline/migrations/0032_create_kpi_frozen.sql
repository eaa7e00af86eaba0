-- What the figures look at of cases whose people's records were sealed or deleted: days and an organisation, counted,
-- about nobody. Runs before the new code.
create table kpi_frozen (
    released date not null,
    kept jsonb not null,
    cases integer not null,
    primary key (released, kept)
);
