-- Under which emergency access something was read, and which one an entry is about. NULL: under none.
ALTER TABLE audit ADD COLUMN break_glass text;
CREATE INDEX audit_break_glass ON audit (break_glass, id) WHERE break_glass IS NOT NULL;
