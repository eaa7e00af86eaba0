-- Notices that came when their person's handover had long been opened by a release or a report: they change nothing,
-- but whoever asks by their number finds the handover (X-21). Runs before the new code.
create table later_notices (
    notice text primary key,
    handover_id text not null,
    since timestamptz not null
);
