-- Every definition that some instance could start and that living sagas may still have. So a start
-- reads the table of sagas only when something is here that it does not have.

-- One row a definition: a text `name@version#hash`.
create table served_definitions (
  definition text primary key,
  -- Somebody looks whether a living saga has it, and deletes it then unless an instance came with it.
  is_leaving boolean not null default false
);

insert into served_definitions (definition)
select name || '@' || version || '#' || definition_hash from sagas where ended_at is null
union
select unnest(definitions) from instances;
