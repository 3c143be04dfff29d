-- What is compared in indexes is compared by its bytes, whatever the language of the database: that is what order there
-- is needed, and the fastest.
ALTER TABLE resource
  ALTER type TYPE text COLLATE "C", ALTER id TYPE text COLLATE "C", ALTER tokens TYPE text[] COLLATE "C",
  -- Rows of two or three kilobytes stand as they are: packing them takes longer than reading them unpacked.
  SET (toast_tuple_target = 4080);
ALTER TABLE resource_history ALTER type TYPE text COLLATE "C", ALTER id TYPE text COLLATE "C";
ALTER TABLE search_range ALTER type TYPE text COLLATE "C", ALTER id TYPE text COLLATE "C", ALTER param TYPE text COLLATE "C";
ALTER TABLE search_group ALTER type TYPE text COLLATE "C", ALTER id TYPE text COLLATE "C", ALTER param TYPE text COLLATE "C";
ALTER TABLE audit
  ALTER resource_type TYPE text COLLATE "C", ALTER resource_id TYPE text COLLATE "C", ALTER patient TYPE text COLLATE "C";
-- Statements that write ask for it by themselves.
DROP FUNCTION require_subscription_epoch(bigint);
