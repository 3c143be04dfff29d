-- Under which key of the search index a resource is also listed in the order of changes; NULL: under none.
ALTER TABLE resource ADD COLUMN listed text COLLATE "C";
UPDATE resource SET listed = (SELECT min(key) FROM unnest(tokens) AS k(key)
    WHERE key ~ '^Task\.owner=[A-Z][A-Za-z]+/[A-Za-z0-9.-]+$')
  WHERE type = 'Task' AND NOT deleted;
CREATE INDEX resource_listed ON resource (listed, last_updated, id) WHERE listed IS NOT NULL;
