import { type Caller, contentFor, visibleTo } from '../../../fhir/caller.ts';

/** The words of a Communication: its reasons, and what it says. */
const WORDS_SQL = `concat_ws(E'\\n',
    (SELECT string_agg(COALESCE(reason ->> 'text', reason #>> '{coding,0,display}', reason #>> '{coding,0,code}'), ', ')
      FROM jsonb_array_elements(said -> 'reasonCode') AS reason),
    (SELECT string_agg(payload ->> 'contentString', E'\\n') FROM jsonb_array_elements(said -> 'payload') AS payload))`;

/**
 * What who is asked has said that is labelled: it belongs to the Task, and is read by whom consent permits. What is about a Task is a
 * message of the conversation.
 */
export const apartSql = (caller: Caller): string => `SELECT recorded_at, recorded_at, 'Communication/' || id,
      json_build_object('of', CASE WHEN said #>> '{partOf,0,reference}' = 'Task/' || $1 THEN 'root' ELSE 'leg' END,
        'text', ${WORDS_SQL}, 'time', NULL, 'apart', 'Communication/' || id,
        'authorOrg', author_org)
    FROM (SELECT c.id, c.author_org, ${contentFor(caller, 'c')}::jsonb AS said, (SELECT min(v.last_updated) FROM resource_version v
          WHERE v.type = 'Communication' AND v.id = c.id) AS recorded_at
      FROM resource c WHERE c.type = 'Communication' AND NOT c.deleted AND c.tokens @> ARRAY['Communication.part-of=Task/' || $1::text]
        AND ${visibleTo(caller, 'c')}) AS apart
    WHERE said -> 'about' IS NULL`;
