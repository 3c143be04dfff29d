-- Texts are searched by how they begin in the row of their resource: an entry holds the text folded and as written.
ALTER TABLE resource ADD COLUMN texts tsvector NOT NULL DEFAULT '';
CREATE INDEX resource_texts ON resource USING gin (texts) WITH (fastupdate = off);
DROP TABLE search_string;
DROP TABLE search_date;

-- Search index of date, number and quantity parameters: what a value covers, both ends inclusive. A date in
-- milliseconds since 1970; a number as it is. units: the forms a quantity's unit is found by.
CREATE TABLE search_range (
  type text NOT NULL,
  id text NOT NULL,
  param text NOT NULL,
  low float8 NOT NULL,
  high float8 NOT NULL,
  units text[]
);
CREATE INDEX search_range_low ON search_range (type, param, low);
CREATE INDEX search_range_owner ON search_range (type, id);

-- Search index of composite parameters: a row for each element that must meet all parts. keys: the exact parts, e.g.
-- '1=http://loinc.org|8480-6', and the units of others.
CREATE TABLE search_group (
  type text NOT NULL,
  id text NOT NULL,
  param text NOT NULL,
  keys text[] NOT NULL,
  low2 float8,
  high2 float8,
  low3 float8,
  high3 float8
);
CREATE INDEX search_group_owner ON search_group (type, id);
