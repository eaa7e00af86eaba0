-- What was imported: the file as a whole and the outcome of each row, without any personal data. Runs before the new code.
create table imports (
    import_id text primary key,
    file text not null,
    encoding text not null,
    rows integer not null,
    actor text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    revoke_asked_by text,
    revoked_by text,
    revoked_at timestamptz
);

create table import_rows (
    import_id text not null references imports (import_id),
    row integer not null,
    outcome text not null,
    reason text not null,
    routing text not null,
    field text not null,
    source text,
    notice_no text not null,
    revision integer,
    person_ref text,
    primary key (import_id, row)
);
