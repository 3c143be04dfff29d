-- Under which key of the search index a resource is also listed in the order of changes; NULL: under none.
CREATE FUNCTION list_key(tokens text[]) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT min(key) FROM unnest(tokens) AS k(key)
  WHERE key LIKE 'Task.owner=%' AND key <> 'Task.owner=*' AND key NOT LIKE 'Task.owner=identifier:%' AND key NOT LIKE '%/_history/%'
$$;
ALTER TABLE resource ADD COLUMN listed text COLLATE "C";
-- So the table is written anew once, and its indexes are made in one go.
ALTER TABLE resource ALTER listed TYPE text COLLATE "C" USING CASE WHEN type = 'Task' AND NOT deleted THEN list_key(tokens) END;
DROP FUNCTION list_key(text[]);
CREATE INDEX resource_listed ON resource (listed, last_updated, id) WHERE listed IS NOT NULL;
