-- One row per notice of a centre as it first came, and whether it had to be corrected. Runs before the new code.
create table kpi_notices (
    centre_id text not null,
    notice_no text not null,
    event_id text not null,
    received date not null,
    planned date,
    corrected boolean not null default false,
    primary key (centre_id, notice_no)
);

create index kpi_notices_of_receipt on kpi_notices (received);
