-- A value without what it says of clients beside their records: what src/fhir/sharing/trimming/unnamed.ts says, for statements
-- that read. NULL when nothing is left of it.
CREATE FUNCTION without_names(element text, whole jsonb, shown text[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  clients CONSTANT text[] := '{Patient,RelatedPerson,Person}';
  to_client boolean;
BEGIN
  IF jsonb_typeof(whole) = 'array' THEN
    IF whole = '[]' THEN RETURN whole; END IF;
    RETURN (SELECT jsonb_agg(kept.part ORDER BY kept.at) FROM (
      SELECT e.at, without_names(element, e.value, shown) AS part FROM jsonb_array_elements(whole) WITH ORDINALITY e(value, at)) kept
      WHERE kept.part IS NOT NULL);
  ELSIF jsonb_typeof(whole) <> 'object' THEN
    RETURN whole;
  ELSIF whole ->> 'resourceType' = ANY (clients) THEN
    RETURN jsonb_build_object('resourceType', whole -> 'resourceType', 'id', whole -> 'id');
  END IF;
  to_client := CASE
    WHEN whole ->> 'type' = ANY (clients) THEN true
    WHEN left(whole ->> 'reference', 1) <> '#' THEN whole ->> 'reference' ~ '(^|/)(Patient|RelatedPerson|Person)/'
    ELSE NOT whole ? 'type' AND element IN ('subject', 'patient', 'for', 'beneficiary') END;
  RETURN (SELECT jsonb_object_agg(kept.key, kept.part) FROM (
    SELECT e.key, without_names(e.key, e.value, shown) AS part FROM jsonb_each(whole) e
    WHERE NOT CASE
      WHEN e.key IN ('display', '_display') THEN to_client AND 'name' <> ALL (shown)
      WHEN e.key IN ('identifier', '_identifier') THEN to_client AND 'identifier' <> ALL (shown)
        AND coalesce('identifier|' || (whole #>> '{identifier,system}') <> ALL (shown), true)
      ELSE e.key = 'text' AND whole ? 'resourceType' AND jsonb_typeof(e.value) = 'object' END) kept
    WHERE kept.part IS NOT NULL);
END $$;

-- A resource as others are shown it, marked as incomplete: what src/fhir/sharing/subsetted.ts says, for statements that read.
CREATE OR REPLACE FUNCTION subsetted(content json, shown text[]) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  subset_tag CONSTANT jsonb :=
    '[{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]';
  in_part CONSTANT text[] := ARRAY(SELECT split_part(w, '|', 1) FROM unnest(shown) AS w WHERE position('|' IN w) > 0);
  cut jsonb;
BEGIN
  IF '*' = ANY (shown) THEN
    cut := without_names('', content::jsonb, shown);
    IF cut = content::jsonb THEN RETURN content; END IF;
    cut := cut
      || jsonb_build_object('meta', coalesce(cut -> 'meta', '{}') || jsonb_build_object('tag', coalesce(cut #> '{meta,tag}', '[]') || subset_tag));
    RETURN (SELECT json_object_agg(e.key, e.value ORDER BY array_position('{resourceType,id,meta}', e.key) NULLS LAST) FROM jsonb_each(cut) e);
  END IF;
  RETURN (SELECT json_object_agg(kept.key, kept.part ORDER BY array_position(shown, kept.key) NULLS LAST) FROM (
    SELECT e.key, without_names(e.key, CASE
      WHEN e.key = 'extension' THEN (SELECT jsonb_agg(x.value ORDER BY x.at) FROM jsonb_array_elements(e.value) WITH ORDINALITY x(value, at)
        WHERE x.value ->> 'url' = ANY (shown))
      WHEN e.key = 'meta' THEN coalesce(without_extensions(e.value), '{}')
        || jsonb_build_object('tag', coalesce(without_extensions(e.value -> 'tag'), '[]') || subset_tag)
      WHEN e.key = ANY (shown) THEN without_extensions(e.value)
      ELSE part_shown(e.key, e.value, shown) END, shown) AS part
    FROM jsonb_each(content::jsonb) e WHERE e.key = ANY (shown) OR e.key = ANY (in_part) OR e.key = 'extension') kept
    -- What is contained is not shown, so nothing may refer to it.
    WHERE kept.part IS NOT NULL AND kept.part::text NOT LIKE '%"reference": "#%');
END $$;
