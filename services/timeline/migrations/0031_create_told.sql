-- The journal as ordinary readers may know it. Runs before the new code.
create view told with (security_invoker = true) as
select journal.*
from journal
where not exists (
    select from sealed_subjects as hidden
    where hidden.subject = journal.meta ->> 'subject'
        and (hidden.whole or (journal.xid, journal.position) < (hidden.xid, hidden.position))
);
