-- What a message is about, and what it answers, are searched by: also of those that were written before.
UPDATE resource r SET tokens = tokens || ARRAY(
    SELECT DISTINCT 'Communication.' || p.code || '=' || (said ->> 'reference')
    FROM (VALUES ('about', r.content -> 'about'), ('in-response-to', r.content -> 'inResponseTo')) AS p(code, list),
      json_array_elements(CASE WHEN json_typeof(p.list) = 'array' THEN p.list ELSE '[]' END) AS said
    WHERE length(said ->> 'reference') < 300)
  WHERE type = 'Communication' AND NOT deleted AND (r.content -> 'about' IS NOT NULL OR r.content -> 'inResponseTo' IS NOT NULL);
