-- One row a saga: the folded memory, read with one select for every record. Runs before the new code.
-- version: of the last step, what If-Match and writers compare; written: events in the saga's stream;
-- watched: organisations whose missing messages hold up statutory steps.
create table sagas (
  handover_id text primary key,
  person_ref text not null,
  episode text not null,
  state text not null,
  live boolean not null,
  version bigint not null,
  written bigint not null,
  notices text[] not null default '{}',
  watched text[] not null default '{}',
  doc jsonb not null,
  opened timestamptz not null,
  updated timestamptz not null
);
create unique index sagas_one_live_per_person on sagas (person_ref) where live;
create index sagas_of_person on sagas (person_ref, opened);
create index sagas_of_notice on sagas using gin (notices);
