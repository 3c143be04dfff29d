-- Consent takes from what a referral shares. A share that a consent does not (yet, any more) permit stands all the same, as
-- withheld: it shows what waits, and is opened by the permit.
-- client: the patient whose consents are asked; NULL where the share tells of nobody, e.g. a notice of a withdrawal
ALTER TABLE share ADD COLUMN client text COLLATE "C";
-- why it is not read: obtain-consent; NULL: it is
ALTER TABLE share ADD COLUMN withheld text;
-- the moment from which it must be decided anew, because a period of a Consent begins or ends; it is not read after that until it is
ALTER TABLE share ADD COLUMN decide_again_at timestamptz;
-- the Consents that permit it, as references
ALTER TABLE share ADD COLUMN consents text[] NOT NULL DEFAULT '{}';
UPDATE share SET client = split_part(loop.patient, '/', 2) FROM loop WHERE loop.id = share.loop_id AND loop.patient <> '';
CREATE INDEX share_client ON share (client) WHERE ended_at IS NULL AND client IS NOT NULL;
CREATE INDEX share_decide ON share (decide_again_at) WHERE ended_at IS NULL AND decide_again_at IS NOT NULL;
CREATE INDEX share_withheld ON share (loop_id) WHERE ended_at IS NULL AND withheld IS NOT NULL;
CREATE INDEX share_consents ON share USING gin (consents) WHERE consents <> '{}';

-- Until when its readers may read a resource: the earliest of what its open shares must be decided anew at. Its author reads on.
ALTER TABLE resource ADD COLUMN readers_until timestamptz;
-- Part of a mandated report: hidden also from people at the hub whose role it is not.
ALTER TABLE resource ADD COLUMN restricted boolean NOT NULL DEFAULT false;
ALTER TABLE loop ADD COLUMN restricted boolean NOT NULL DEFAULT false;

-- Deliveries that wait for a consent, by what they are about.
CREATE INDEX delivery_obtain_consent ON delivery (loop_id) WHERE settled_at IS NULL AND last_code = 'obtain-consent';
-- The loops of a client, which are taken before its consents are.
CREATE INDEX loop_patient ON loop (patient);
