-- Keys of persons: the sensitive fields of a saga that is about somebody are encrypted with that
-- person's key, and destroying it erases them wherever they are. See docs/decisions/0018.

create table subject_keys (
  id text primary key,
  -- Of who it is: a keyed hash, so that the table names nobody.
  fingerprint bytea not null,
  -- The key, encrypted with one of SAGALINE_ENCRYPTION_KEYS; null once it was destroyed.
  wrapped text,
  made_at timestamptz not null default clock_timestamp(),
  erased_at timestamptz
);

-- A person who comes back gets another key.
create unique index subject_keys_fingerprint on subject_keys (fingerprint) where wrapped is not null;

create table saga_subjects (
  saga_id uuid primary key,
  key_id text not null
);

create index saga_subjects_key_id on saga_subjects (key_id);
