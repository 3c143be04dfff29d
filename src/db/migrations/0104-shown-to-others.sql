-- The elements of a resource that others than its author are shown, and the URLs of the extensions: of few, e.g. of a client
-- with a confidential address. NULL: all of it. It holds for all its versions, and is kept when it is deleted.
ALTER TABLE resource ADD COLUMN shown text[];

-- A value without what extensions say in it; NULL when nothing is left of it.
CREATE FUNCTION without_extensions(whole jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  CASE jsonb_typeof(whole)
    WHEN 'object' THEN
      RETURN (SELECT jsonb_object_agg(kept.key, kept.part) FROM (
        SELECT e.key, without_extensions(e.value) AS part FROM jsonb_each(whole) e
        WHERE e.key <> 'extension' AND left(e.key, 1) <> '_') kept WHERE kept.part IS NOT NULL);
    WHEN 'array' THEN
      RETURN (SELECT jsonb_agg(kept.part ORDER BY kept.at) FROM (
        SELECT e.at, without_extensions(e.value) AS part FROM jsonb_array_elements(whole) WITH ORDINALITY e(value, at)) kept
        WHERE kept.part IS NOT NULL);
    WHEN 'null' THEN RETURN NULL;
    ELSE RETURN whole;
  END CASE;
END $$;

-- A resource as others are shown it, marked as incomplete: what src/fhir/sharing/subsetted.ts says, for statements that read.
CREATE FUNCTION subsetted(content json, shown text[]) RETURNS json LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  subset_tag CONSTANT jsonb :=
    '[{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}]';
BEGIN
  RETURN (SELECT json_object_agg(kept.key, kept.part ORDER BY array_position(shown, kept.key) NULLS LAST) FROM (
    SELECT e.key, CASE e.key
      WHEN 'extension' THEN (SELECT jsonb_agg(x.value ORDER BY x.at) FROM jsonb_array_elements(e.value) WITH ORDINALITY x(value, at)
        WHERE x.value ->> 'url' = ANY (shown))
      WHEN 'meta' THEN coalesce(without_extensions(e.value), '{}')
        || jsonb_build_object('tag', coalesce(without_extensions(e.value -> 'tag'), '[]') || subset_tag)
      ELSE without_extensions(e.value) END AS part
    FROM jsonb_each(content::jsonb) e WHERE e.key = ANY (shown) OR e.key = 'extension') kept
    -- What is contained is not shown, so nothing may refer to it.
    WHERE kept.part IS NOT NULL AND kept.part::text NOT LIKE '%"reference": "#%');
END $$;

-- What was labelled before: the least of it is shown until `careloop labels apply` has looked at it.
UPDATE resource SET shown = '{resourceType,id,meta,active,name,gender,birthDate,patient}'
WHERE type IN ('Patient', 'RelatedPerson', 'Person') AND (
  tokens && '{Patient._security=address-confidential,RelatedPerson._security=address-confidential,Person._security=address-confidential}'
  OR deleted AND EXISTS (SELECT 1 FROM resource_history h WHERE h.type = resource.type AND h.id = resource.id
    AND h.content::jsonb #> '{meta,security}' @> '[{"code": "address-confidential"}]'));
