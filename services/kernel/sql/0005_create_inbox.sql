-- What a consumer has taken effect of, so that a second delivery does nothing. Runs before the new code.
create table inbox (
    consumer text not null,
    event_id text not null,
    primary key (consumer, event_id)
);
