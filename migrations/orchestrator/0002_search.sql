-- What sagas can be searched by. Written once, with the saga, so that updates stay in their page.

alter table sagas
  add column correlation_id text,
  add column parent_id uuid,
  add column attributes jsonb;

create index sagas_correlation_id on sagas (correlation_id, id) where correlation_id is not null;
create index sagas_parent_id on sagas (parent_id, id) where parent_id is not null;
create index sagas_attributes on sagas using gin (attributes jsonb_path_ops)
  where attributes is not null;
