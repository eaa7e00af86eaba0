-- What the timeline's role may do with what records that ended leave behind. Runs before the new code.
grant select, insert, update on sealed_subjects to jieli_timeline;
grant select on told to jieli_timeline;
grant select, insert, update, delete on kpi_frozen, kpi_frozen_notices to jieli_timeline;
