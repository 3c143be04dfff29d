-- Of each leg: whether who was asked had accepted, and gave that back before work began.
UPDATE loop SET legs = (
  SELECT jsonb_agg(leg || jsonb_build_object('takenBack', COALESCE((
      SELECT (array_agg(t.to_status ORDER BY t.id DESC))[1] IN ('failed', 'cancelled')
        AND (array_agg(t.actor_org ORDER BY t.id DESC))[1] = leg ->> 'organizationId'
        AND bool_or(t.to_status = 'accepted') AND NOT bool_or(t.to_status = 'in-progress')
      FROM transition t
      WHERE t.loop_id = loop.id AND t.task_id = leg ->> 'taskId' AND t.from_status IS DISTINCT FROM t.to_status), false)) ORDER BY place)
  FROM jsonb_array_elements(loop.legs) WITH ORDINALITY AS each (leg, place))
WHERE jsonb_array_length(legs) > 0;
