-- Numbers that a source has not sent yet, as ranges: a hole as wide as it may be is one row, and each arrival splits one.
-- `from_seq`, `to_seq`: the hole as it was told. Runs before the new code.
create table missing_ranges (
    source text not null,
    first_seq bigint not null,
    last_seq bigint not null check (last_seq >= first_seq),
    from_seq bigint not null,
    to_seq bigint not null,
    primary key (source, first_seq)
);

-- Before, a hole of more than 10001 numbers was kept as its first 10001: its last row stands for the rest too.
insert into missing_ranges (source, first_seq, last_seq, from_seq, to_seq)
select source, seq, seq, from_seq, to_seq from missing_sequences
union all
select distinct source, from_seq + 10001, to_seq, from_seq, to_seq
from missing_sequences where to_seq - from_seq > 10000;
