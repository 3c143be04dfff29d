import { contentFor, ownId, visibleTo } from '../../../fhir/caller.ts';
import { named } from '../../names.ts';
import type { Viewer } from '../../worklist/viewer.ts';
import type { TimelineEntry } from '../api.ts';
import { instantOf, numberKey, onlyOf, sourceOf } from './source.ts';

interface Signed extends Pick<Extract<TimelineEntry, { kind: 'sign-off' }>, 'what' | 'by' | 'of'> {
  readonly organization: string | null;
  /** When, as who signed says; a FHIR dateTime. */
  readonly time: string | null;
}

/** That the sender knows how it ended: its server took the message, it read it here, or somebody wrote down why not. */
function closingsSql(viewer: Viewer): string {
  return `SELECT d.settled_at, d.settled_at, 'c' || ${numberKey('d.seq')}, json_build_object('organization', d.recipient_org,
      'what', CASE WHEN d.status = 'withdrawn' THEN 'closing-waived' WHEN d.last_code = 'read-here' THEN 'closing-read' ELSE 'closing-received' END,
      'of', 'Task/' || d.task_id)
    FROM delivery d WHERE d.loop_id = $1 AND d.kind = 'closing' AND d.status IN ('delivered', 'withdrawn')
      ${onlyOf(viewer, 'd.recipient_org', ownId(viewer.caller))}`;
}

/** What the Tasks list as what was done. */
const DONE_SQL = `SELECT DISTINCT output -> 'valueReference' ->> 'reference' AS reference FROM task
    CROSS JOIN LATERAL json_array_elements(CASE WHEN json_typeof(task.said -> 'output') = 'array' THEN task.said -> 'output' ELSE '[]' END) AS output
    WHERE output -> 'valueReference' ->> 'reference' IS NOT NULL`;

/** Signatures on a Task, a request, an outcome, or a plan that the request is an activity of. */
function signaturesSql({ caller }: Viewer): string {
  return `SELECT p.last_updated, p.last_updated, 's' || p.id || '/' || lpad(signature.place::text, 4, '0'), json_build_object('what', 'signed',
      'by', ${whoSql("signature.said -> 'who'")}, 'time', signature.said ->> 'when',
      'of', p.said -> 'target' -> 0 ->> 'reference')
    FROM (SELECT p.id, p.last_updated, ${contentFor(caller, 'p')} AS said FROM resource p
        WHERE p.type = 'Provenance' AND NOT p.deleted AND ${visibleTo(caller, 'p')} AND p.tokens && ARRAY(
          SELECT 'Provenance.target=Task/' || id FROM task
          UNION ALL SELECT 'Provenance.target=ServiceRequest/' || id FROM request
          UNION ALL SELECT 'Provenance.target=' || reference FROM done
          UNION ALL SELECT 'Provenance.target=CarePlan/' || c.id FROM resource c WHERE c.type = 'CarePlan' AND NOT c.deleted
            AND c.tokens && ARRAY(SELECT 'CarePlan.activity-reference=ServiceRequest/' || id FROM request) AND ${visibleTo(caller, 'c')})
      ) AS p
      CROSS JOIN LATERAL json_array_elements(CASE WHEN json_typeof(p.said -> 'signature') = 'array' THEN p.said -> 'signature' ELSE '[]' END)
        WITH ORDINALITY AS signature(said, place)`;
}

/** Who put a name to an outcome: who attested a document, stands for its content, or gave the answers. */
function outcomesSql({ caller }: Viewer): string {
  return `SELECT o.recorded_at, o.recorded_at, 'o' || o.type || '/' || o.id || '/' || lpad(name.place::text, 4, '0'),
      json_build_object('what', name.what, 'by', ${whoSql('name.who')}, 'time', name.time, 'of', o.type || '/' || o.id)
    FROM (SELECT r.type, r.id, ${contentFor(caller, 'r')} AS said, (SELECT min(v.last_updated) FROM resource_version v
          WHERE v.type = r.type AND v.id = r.id) AS recorded_at
        FROM done JOIN resource r ON r.type = split_part(done.reference, '/', 1) AND r.id = split_part(done.reference, '/', 2)
        WHERE r.type IN ('Composition', 'DocumentReference', 'QuestionnaireResponse') AND NOT r.deleted AND ${visibleTo(caller, 'r')}) AS o
      CROSS JOIN LATERAL (
        SELECT 'attested' AS what, attester -> 'party' AS who, attester ->> 'time' AS time, place
          FROM json_array_elements(CASE WHEN o.type = 'Composition' AND json_typeof(o.said -> 'attester') = 'array' THEN o.said -> 'attester' ELSE '[]' END)
            WITH ORDINALITY AS listed(attester, place)
        UNION ALL SELECT 'authenticated', o.said -> 'authenticator', o.said ->> 'date', 1
          WHERE o.type = 'DocumentReference' AND o.said -> 'authenticator' IS NOT NULL
        UNION ALL SELECT 'answered', o.said -> 'author', o.said ->> 'authored', 1
          WHERE o.type = 'QuestionnaireResponse' AND o.said -> 'author' IS NOT NULL) AS name`;
}

/** SQL of who a reference names, in words. */
function whoSql(reference: string): string {
  return `COALESCE(${reference} ->> 'display', ${reference} ->> 'reference')`;
}

/** What somebody has put a name to, as far as the viewer may see what that is. */
export const signOffs = sourceOf<Signed>({
  kind: 'sign-off',
  sql: (viewer) => `SELECT * FROM (WITH done AS MATERIALIZED (${DONE_SQL})
      ${closingsSql(viewer)} UNION ALL ${signaturesSql(viewer)} UNION ALL ${outcomesSql(viewer)}) AS signed`,
  organizations: ({ organization }) => [organization],
  entry: (moment, { organization, time, ...signed }, { names }) => ({
    ...moment,
    kind: 'sign-off',
    ...(time?.includes('T') ? { at: instantOf(time) } : {}),
    organization: organization ? named(organization, names) : null,
    by: signed.by ?? null,
    of: signed.of,
    what: signed.what,
  }),
});
