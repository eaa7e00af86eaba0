-- What an operator may hold in hand when asking for a trace. Runs before the new code.
create index journal_subject on journal ((meta ->> 'subject'));
create index journal_correlation on journal ((meta ->> 'correlationid')) where meta ? 'correlationid';
create index journal_causation on journal ((meta ->> 'causationid')) where meta ? 'causationid';
create index journal_notice on journal ((data ->> 'notice_no')) where data ? 'notice_no';
create index journal_trace on journal ((split_part(meta ->> 'traceparent', '-', 2))) where meta ? 'traceparent';
create index journal_place on journal (topic, partition, "offset");
