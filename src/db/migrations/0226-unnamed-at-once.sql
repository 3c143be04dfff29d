-- What 0200 says, at a fifth of the cost: what cannot speak of a client is not looked through.

-- Whether without_names may take something from a value: where it speaks of a client or contains a resource; and what is
-- empty goes. It goes by the text: where that says more than there is, it costs time only.
CREATE FUNCTION may_name(element text, part jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT jsonb_typeof(part) IN ('object', 'array') AND (element IN ('subject', 'patient', 'for', 'beneficiary')
    OR part::text ~ '"(subject|patient|for|beneficiary|resourceType)":|(Patient|RelatedPerson|Person)["/]|\{\}')
$$;

CREATE OR REPLACE FUNCTION without_names(element text, whole jsonb, shown text[]) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  clients CONSTANT text[] := '{Patient,RelatedPerson,Person}';
  to_client boolean;
BEGIN
  IF jsonb_typeof(whole) = 'array' THEN
    IF whole = '[]' THEN RETURN whole; END IF;
    RETURN (SELECT jsonb_agg(kept.part ORDER BY kept.at) FROM (
      SELECT e.at, CASE WHEN may_name(element, e.value) THEN without_names(element, e.value, shown) ELSE e.value END AS part
      FROM jsonb_array_elements(whole) WITH ORDINALITY e(value, at)) kept
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
    SELECT e.key, CASE WHEN may_name(e.key, e.value) THEN without_names(e.key, e.value, shown) ELSE e.value END AS part
    FROM jsonb_each(whole) e
    WHERE NOT CASE
      WHEN e.key IN ('display', '_display') THEN to_client AND 'name' <> ALL (shown)
      WHEN e.key IN ('identifier', '_identifier') THEN to_client AND 'identifier' <> ALL (shown)
        AND coalesce('identifier|' || (whole #>> '{identifier,system}') <> ALL (shown), true)
      ELSE e.key = 'text' AND whole ? 'resourceType' AND jsonb_typeof(e.value) = 'object' END) kept
    WHERE kept.part IS NOT NULL);
END $$;
