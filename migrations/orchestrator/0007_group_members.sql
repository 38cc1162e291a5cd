-- The consumer group members of each live process, so that the groups can be left for one that was
-- killed: whoever finds the session lock of its instance free knows that it is gone.
create table group_members (
  instance_id uuid not null,
  group_id text not null,
  member_id text not null,
  primary key (instance_id, group_id)
) with (fillfactor = 70);
