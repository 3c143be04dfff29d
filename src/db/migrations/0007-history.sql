-- The history of a type, and (type by type) of everything, newest first.
CREATE INDEX resource_history_recent ON resource_history (type, last_updated, id, version);
