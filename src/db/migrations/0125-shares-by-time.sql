-- What an organization was shown, and is shown no more, since some time: an export that is taken later, and one that asks
-- for what is new.
CREATE INDEX share_ended ON share (organization_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX share_granted ON share (organization_id, granted_at) WHERE ended_at IS NULL;
