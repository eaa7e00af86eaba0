-- Messages that nobody can read, by their place on the broker and their fingerprint; never their content.
-- state: quarantined, released, discarded. fields: names of fields, never values. Runs before the new code.
create table quarantined (
    id text primary key,
    consumer text not null,
    topic text not null,
    partition int not null,
    "offset" bigint not null,
    cluster_id text not null,
    sha256 text not null,
    reason text not null,
    fields text[] not null default '{}',
    attempts int not null default 1,
    at timestamptz not null,
    state text not null check (state in ('quarantined', 'released', 'discarded'))
);
create index quarantined_open on quarantined (at) where state = 'quarantined';
