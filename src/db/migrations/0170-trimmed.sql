-- What of a client a share shows, where that is not all: names of elements, the URLs of extensions, and parts of elements
-- (`birthDate|year`, `address|area`, `identifier|<system>`). NULL, of nearly all: everything.
ALTER TABLE share ADD COLUMN shown text[];
-- The same by reader: of each organization that is shown a part only, what all its open shares show together. NULL, of nearly
-- all: whoever may read it, reads all of it. Beside `shown`, which holds for everybody but the author.
ALTER TABLE resource ADD COLUMN trimmed jsonb;

-- What both of two lists show: what one shows in part and the other whole is shown in part.
CREATE FUNCTION shown_in_both(one text[], other text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(array_agg(word ORDER BY word COLLATE "C"), '{}') FROM (
    SELECT w AS word FROM unnest(one) AS w WHERE w = ANY (other) OR split_part(w, '|', 1) = ANY (other)
    UNION SELECT w FROM unnest(other) AS w WHERE w = ANY (one) OR split_part(w, '|', 1) = ANY (one)) AS both_show
$$;

-- What a reader who is not the author is shown; NULL: all of it.
CREATE FUNCTION shown_to(shown text[], trimmed jsonb, reader text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN trimmed -> reader IS NULL THEN shown
    WHEN shown IS NULL THEN ARRAY(SELECT jsonb_array_elements_text(trimmed -> reader))
    ELSE shown_in_both(shown, ARRAY(SELECT jsonb_array_elements_text(trimmed -> reader))) END
$$;

-- Of an element that is shown in part, that part; NULL where nothing is left.
CREATE FUNCTION part_shown(name text, whole jsonb, shown text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE name
    WHEN 'birthDate' THEN to_jsonb(left(whole #>> '{}', 4))
    WHEN 'address' THEN (SELECT jsonb_agg(area.kept ORDER BY area.at) FROM (
      SELECT e.at, (SELECT jsonb_object_agg(p.key, p.part) FROM (
        SELECT x.key, without_extensions(x.value) AS part FROM jsonb_each(e.value) x
        WHERE x.key IN ('use', 'city', 'district', 'state', 'postalCode', 'country')) p WHERE p.part IS NOT NULL) AS kept
      FROM jsonb_array_elements(whole) WITH ORDINALITY e(value, at)) area WHERE area.kept IS NOT NULL)
    WHEN 'identifier' THEN (SELECT jsonb_agg(without_extensions(e.value) ORDER BY e.at)
      FROM jsonb_array_elements(whole) WITH ORDINALITY e(value, at) WHERE 'identifier|' || (e.value ->> 'system') = ANY (shown))
  END
$$;

-- A resource as others are shown it, marked as incomplete: what src/fhir/sharing/subsetted.ts says, for statements that read.
CREATE OR REPLACE FUNCTION subsetted(content json, shown text[]) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  subset_tag CONSTANT jsonb :=
    '[{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]';
  in_part CONSTANT text[] := ARRAY(SELECT split_part(w, '|', 1) FROM unnest(shown) AS w WHERE position('|' IN w) > 0);
BEGIN
  RETURN (SELECT json_object_agg(kept.key, kept.part ORDER BY array_position(shown, kept.key) NULLS LAST) FROM (
    SELECT e.key, CASE
      WHEN e.key = 'extension' THEN (SELECT jsonb_agg(x.value ORDER BY x.at) FROM jsonb_array_elements(e.value) WITH ORDINALITY x(value, at)
        WHERE x.value ->> 'url' = ANY (shown))
      WHEN e.key = 'meta' THEN coalesce(without_extensions(e.value), '{}')
        || jsonb_build_object('tag', coalesce(without_extensions(e.value -> 'tag'), '[]') || subset_tag)
      WHEN e.key = ANY (shown) THEN without_extensions(e.value)
      ELSE part_shown(e.key, e.value, shown) END AS part
    FROM jsonb_each(content::jsonb) e WHERE e.key = ANY (shown) OR e.key = ANY (in_part) OR e.key = 'extension') kept
    -- What is contained is not shown, so nothing may refer to it.
    WHERE kept.part IS NOT NULL AND kept.part::text NOT LIKE '%"reference": "#%');
END $$;

-- What readers are shown of a resource once it is shared with some more. given: of each organization that is shown a part,
-- what; who is not named there is shown all. Who reads all of it already goes on doing so.
CREATE FUNCTION trimmed_with(trimmed jsonb, readers text[], organizations text[], given jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  made jsonb := coalesce(trimmed, '{}');
  reader text;
BEGIN
  FOREACH reader IN ARRAY organizations LOOP
    IF given -> reader IS NULL THEN
      made := made - reader;
    ELSIF made -> reader IS NOT NULL THEN
      made := jsonb_set(made, ARRAY[reader], (SELECT jsonb_agg(w ORDER BY w COLLATE "C") FROM (
        SELECT jsonb_array_elements_text(made -> reader) UNION SELECT jsonb_array_elements_text(given -> reader)) AS either(w)));
    ELSIF reader <> ALL (readers) THEN
      made := made || jsonb_build_object(reader, given -> reader);
    END IF;
  END LOOP;
  RETURN nullif(made, '{}');
END $$;
