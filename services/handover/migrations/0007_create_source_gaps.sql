-- Sources whose messages are missing between two numbers: no statutory step for those they may know about.
-- Runs before the new code.
create table source_gaps (
  source text not null,
  from_seq bigint not null,
  to_seq bigint not null,
  since timestamptz not null,
  primary key (source, from_seq)
);
