-- Handovers that were declined while offered, until the hub says what happens next. Runs before the new code.
create table declines (
    handover_id text primary key,
    person_ref text not null,
    proposed_station text
);
