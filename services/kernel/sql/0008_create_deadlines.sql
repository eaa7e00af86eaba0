-- Alarms as rows. Each takes effect once per (saga, name, revision, occurrence). Runs before the new code.
create table deadlines (
    saga_id text not null,
    name text not null,
    deadline_rev integer not null,
    occurrence integer not null,
    due_at timestamptz not null,
    ordinal integer not null,
    state text not null default 'armed' check (state in ('armed', 'fired', 'stopped', 'ignored')),
    policy_key text not null,
    calendar_version text not null,
    primary key (saga_id, name, deadline_rev, occurrence)
) with (fillfactor = 70);

-- Looking for due work costs what is due, not what is armed.
create index deadlines_due on deadlines (due_at, ordinal) where state = 'armed';
