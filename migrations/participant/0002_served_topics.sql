-- Which topics the services on this database take commands from: written when one starts, read by
-- the auditor, which can only miss a receipt where it knows that it would be here.
create table served_topics (
  topic text primary key,
  service text not null,
  served_at timestamptz not null default clock_timestamp()
);
