-- What an organization has not read: of one loop, and which loops there are that have something.
CREATE INDEX message_unread_of ON message (to_org, loop_id) WHERE read_at IS NULL AND NOT withdrawn;
DROP INDEX message_unread;
