-- What the identity provider calls the session there by which this one was opened, where it says so (`sid`).
ALTER TABLE session ADD COLUMN provider_sid text;
