-- asked: the do was given to somebody outside of this database (a card network), and it is not on
-- record yet what they did. The row is there before the call, and becomes done or refused.
alter table fence
  drop constraint fence_state_check,
  add constraint fence_state_check
    check (state in ('asked', 'done', 'refused', 'undone', 'blocked')) not valid;
