-- The record that brought a held event, as it came, so that one which its saga refuses can be parked
-- with every byte. Null for what was held before this column was there.
alter table held_events add column record json;
