-- What the timeline's role may do with deletions under way. Runs before the new code.
grant select, insert, delete on granted_deletions to jieli_timeline;
