-- The read model: what lists and live streams read, off the tables that move sagas. Nothing here is
-- written in a transaction that moves a saga; orchestrator/search follows behind.

-- One row a saga, as it was at `revision`. Indexes are welcome here: each stands for a search. Those
-- of the keys, which never change, are on `sagas`.
create table saga_search (
  saga_id uuid primary key,
  name text not null,
  version integer not null,
  status text not null,
  revision integer not null,
  -- Steps that are under way or wait for a person.
  steps text[] not null,
  -- What went wrong last, masked where it must be.
  error text,
  error_terms tsvector generated always as (to_tsvector('simple'::regconfig, error)) stored,
  state json not null,
  business_key text,
  correlation_id text,
  parent_id uuid,
  -- Each as `name:value`, so that Postgres counts how common it is.
  attributes text[],
  started_at timestamptz not null,
  updated_at timestamptz not null,
  ended_at timestamptz
);

create index saga_search_started_at on saga_search (started_at, saga_id);
create index saga_search_group on saga_search (name, version, status, started_at, saga_id);
-- A short pending list: each search reads through it.
create index saga_search_attributes on saga_search using gin (attributes)
  with (gin_pending_list_limit = 256) where attributes is not null;
create index saga_search_error on saga_search using gin (error_terms)
  with (gin_pending_list_limit = 256) where error_terms is not null;
create index saga_search_steps on saga_search using gin (steps)
  with (gin_pending_list_limit = 256) where steps <> '{}';

-- Kept in the transactions that write `saga_search`; also the list of groups that a search looks at.
create table search_counts (
  name text not null,
  version integer not null,
  status text not null,
  count bigint not null,
  primary key (name, version, status)
) with (fillfactor = 50);

-- Which entries of which saga's history were followed, in the order of commits, without a gap: the
-- cursor of the stream of all sagas. The oldest rows are removed.
create table saga_feed (
  id bigint primary key,
  saga_id uuid not null,
  name text not null,
  -- Entries after this one,
  from_revision integer not null,
  -- up to this one.
  to_revision integer not null
);

-- One row. Whoever writes to the read model locks it first, so that numbers are given in the order
-- of commits.
create table search_state (
  is_only boolean primary key default true check (is_only),
  feed_id bigint not null default 0
) with (fillfactor = 10);

insert into search_state default values;

-- One row: the walk over all sagas that finds what was not followed.
create table search_pass (
  is_only boolean primary key default true check (is_only),
  -- The last saga that was looked at; null between two walks.
  after_id uuid,
  -- Every row is written again, also where its revision is right.
  is_rebuild boolean not null default false,
  is_rebuild_asked boolean not null default false,
  passed_at timestamptz,
  leased_by uuid,
  leased_until timestamptz not null default '-infinity'
) with (fillfactor = 10);

insert into search_pass default values;

-- How far each process that follows was behind when it said so.
create table search_followers (
  id uuid primary key,
  seen_at timestamptz not null,
  behind_ms bigint not null
) with (fillfactor = 50);

-- A verb for many sagas. Its items are fixed when it is made; whoever holds the lease works on it.
create table bulk_jobs (
  id uuid primary key,
  -- The Idempotency-Key that it was asked for with, behind whoever asked.
  key text unique,
  request json not null,
  saga_names text[] not null,
  principal text,
  -- running, cancelling, done or cancelled.
  status text not null default 'running',
  total integer not null,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  leased_until timestamptz not null default '-infinity'
);

create index bulk_jobs_unended on bulk_jobs (created_at) where ended_at is null;

create table bulk_items (
  job_id uuid not null references bulk_jobs (id) on delete cascade,
  position integer not null,
  saga_id uuid not null,
  saga_name text not null,
  -- Null: not yet. `done`, `left` by a cancel, or the code of a refusal with its words.
  outcome text,
  detail text,
  at timestamptz,
  primary key (job_id, position)
);

create index bulk_items_open on bulk_items (job_id, position) where outcome is null;
