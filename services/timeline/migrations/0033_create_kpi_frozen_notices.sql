-- Notices about people whose records were sealed or deleted, counted, about nobody. Runs before the new code.
create table kpi_frozen_notices (
    centre_id text not null,
    received date not null,
    planned date,
    corrected boolean not null,
    notices integer not null,
    unique nulls not distinct (centre_id, received, planned, corrected)
);
