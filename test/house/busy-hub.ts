import type { Sql } from '../../src/db/database.ts';

/** How many referrals the hub has had; each is a loop with a leg, three messages and what they refer to. */
export const LOOPS = 12_000;
const ORGANIZATIONS = 200;

const agency = `'org' || n % ${ORGANIZATIONS}`;
/** All but every tenth referral are closed. */
const isOpen = 'n % 10 = 0';
const moment = `timestamptz '2026-01-01' + n * interval '10 minutes'`;
const long = `repeat('What a resource says besides. ', 20)`;

/** One kind of resources, a row for each number `n`. */
interface Kind {
  readonly type: string;
  readonly count: number;
  readonly id: string;
  /** Under which of its keys it is listed. */
  readonly listed?: string;
  readonly tokens: readonly string[];
  readonly content: string;
}

const status = `CASE WHEN ${isOpen} THEN 'requested' ELSE 'completed' END`;
const taskTokens = [`'status=' || ${status}`, `'code=fulfill'`, `'intent=order'`, `'subject=Patient/pat' || n % 6000`];

const KINDS: readonly Kind[] = [
  {
    type: 'Patient',
    count: 6_000,
    id: `'pat' || n`,
    tokens: [`'identifier=https://hospital.example|' || n`],
    content: `'name', json_build_array(json_build_object('family', 'F' || n))`,
  },
  {
    type: 'Organization',
    count: ORGANIZATIONS,
    id: `'org' || n`,
    tokens: [`'active=true'`],
    content: `'name', 'Org ' || n`,
  },
  {
    type: 'Endpoint',
    count: ORGANIZATIONS,
    id: `'end' || n`,
    tokens: [`'organization=Organization/org' || n`],
    content: `'status', 'active'`,
  },
  {
    type: 'HealthcareService',
    count: ORGANIZATIONS,
    id: `'svc' || n`,
    tokens: [`'service-category=need' || n % 20`],
    content: `'name', 'S' || n`,
  },
  {
    type: 'ServiceRequest',
    count: 2 * LOOPS,
    id: `'req' || n`,
    tokens: [`'subject=Patient/pat' || n % 6000`, `'status=active'`],
    content: `'status', 'active'`,
  },
  {
    type: 'Consent',
    count: 3_000,
    id: `'con' || n`,
    tokens: [`'patient=Patient/pat' || n`],
    content: `'status', 'active'`,
  },
  {
    type: 'CarePlan',
    count: 2_000,
    id: `'plan' || n`,
    tokens: [`'patient=Patient/pat' || n`, `'activity-reference=ServiceRequest/req' || n`],
    content: `'status', 'active'`,
  },
  {
    type: 'Task',
    count: LOOPS,
    id: `'root' || n`,
    listed: `'owner=Organization/careloop'`,
    tokens: [
      ...taskTokens,
      `'owner=Organization/careloop'`,
      `'requester=Organization/' || ${agency}`,
      `'focus=ServiceRequest/req' || n`,
      `'identifier=https://hospital.example|' || n`,
    ],
    content: `'focus', json_build_object('reference', 'ServiceRequest/req' || n), 'requester', json_build_object('reference', 'Organization/' || ${agency})`,
  },
  {
    type: 'Task',
    count: LOOPS,
    id: `'leg' || n`,
    listed: `'owner=Organization/' || ${agency}`,
    tokens: [
      ...taskTokens,
      `'owner=Organization/' || ${agency}`,
      `'part-of=Task/root' || n`,
      `'focus=ServiceRequest/req' || (${LOOPS} + n)`,
      `'identifier=https://careloop.dev|leg' || n`,
    ],
    content: `'partOf', json_build_array(json_build_object('reference', 'Task/root' || n))`,
  },
];

/** What one in so many has, for an organization that sees little. */
function few(sql: string): string {
  return `CASE WHEN n % 240 = 0 THEN ARRAY[${sql}] ELSE '{}' END`;
}

function resources({ type, count, id, tokens, listed, content }: Kind): string {
  const keys = tokens.map((token) => `'${type}.' || ${token}`).join(', ');
  return `INSERT INTO resource (type, id, version, last_updated, content, tokens, listed, author_org, readers)
    SELECT '${type}', ${id}, 2, ${moment}, json_build_object('resourceType', '${type}', 'id', ${id}, ${content}, 'text', ${long}),
      ARRAY[${keys}, '${type}._reader=org0'] || ${few(`'${type}._reader=small'`)}, ${listed ? `'${type}.' || ${listed}` : 'NULL'}, 'org0', ARRAY['org0'] || ${few(`'small'`)} FROM generate_series(1, ${count}) n`;
}

const ROWS: readonly string[] = [
  `INSERT INTO loop (id, state, status, service, priority, patient, service_request, sender_org, parties, next_step, waiting_on, since, due, outcome,
      opened_at, updated_at, closed_at)
    SELECT 'root' || n, CASE WHEN ${isOpen} THEN 'open' ELSE 'closed' END, ${status}, 'Food', 'routine', 'Patient/pat' || n % 6000,
      'ServiceRequest/req' || n, ${agency}, ARRAY[${agency}] || ${few(`'small'`)}, CASE WHEN ${isOpen} THEN 'decide' END, CASE WHEN ${isOpen} THEN (ARRAY['receiver', 'hub', 'sender', 'case-manager'])[1 + n % 40 / 10] END,
      CASE WHEN ${isOpen} THEN ${moment} END, CASE WHEN ${isOpen} THEN ${moment} END, CASE WHEN NOT ${isOpen} THEN 'services-provided' END,
      ${moment}, ${moment}, CASE WHEN NOT ${isOpen} THEN ${moment} END
    FROM generate_series(1, ${LOOPS}) n`,
  `UPDATE loop SET policies = CASE WHEN state = 'open' THEN 'now' ELSE '' END, calendars = CASE WHEN state = 'open' THEN 900 ELSE 0 END,
      programme = CASE WHEN substr(id, 5)::int % 20 = 0 THEN 'home' WHEN substr(id, 5)::int % 500 = 1 THEN 'rare' END,
      category = 'cat' || substr(id, 5)::int % 40, receiver_org = sender_org,
      priority = CASE WHEN substr(id, 5)::int % 100 = 0 THEN 'stat' ELSE 'routine' END,
      escalation = CASE WHEN state = 'open' AND substr(id, 5)::int % 100 = 0 THEN 'worklist' END`,
  // Of many organizations there are loops of many kinds; what has changed a moment ago is little.
  `UPDATE loop_count SET added = false`,
  `INSERT INTO loop_count SELECT 'org' || n % 2000, false, true, false, 'open', 'decide', 'receiver', '', date '2026-01-01' + n / 2000, 7, n % 200 = 0
    FROM generate_series(1, 40000) n`,
  `INSERT INTO loop_policy (loop_id, digest, name, at) SELECT 'root' || n, 'digest', 'All', ${moment}
    FROM generate_series(1, ${LOOPS}) n, generate_series(1, 2) k`,
  `INSERT INTO policy (digest, content) SELECT 'digest' || n, '{}' FROM generate_series(1, 500) n`,
  `INSERT INTO calendar (organization_id, content, version, set_at, set_by_org, applied)
    SELECT 'org' || n, '{}', n, ${moment}, 'org' || n, true FROM generate_series(1, 2000) n`,
  // Who works at the agencies.
  `INSERT INTO person (id, name, email, email_key, organization_id, roles, created_at)
    SELECT gen_random_uuid(), 'P' || n, 'p' || n, 'p' || n, ${agency}, '{agency-worker}', ${moment} FROM generate_series(1, 2000) n`,
  // What each open one waits for, and what was done when it did not come.
  `INSERT INTO deadline (loop_id, task_id, step, waiting_on, organization_id, since, due, whats, ats, fired, at)
    SELECT 'root' || n, 'leg' || n, 'decide', 'receiver', ${agency}, ${moment}, ${moment}, '{remind,worklist}',
      ARRAY[${moment}, ${moment} + interval '1 day'], 1, ${moment} + interval '1 day' FROM generate_series(1, ${LOOPS}) n WHERE ${isOpen}`,
  `INSERT INTO firing (loop_id, task_id, step, since, rung, what, result, waiting_on, due, planned_at, fired_at)
    SELECT 'root' || n, 'leg' || n, 'decide', ${moment}, k, 'remind', 'done', 'receiver', ${moment}, ${moment}, ${moment}
    FROM generate_series(1, ${LOOPS}) n, generate_series(0, 1) k`,
  // What was said about each, and whether it needs an answer still.
  `INSERT INTO message (id, loop_id, task_id, from_org, to_org, said_at, answer_by, answered_by, read_at)
    SELECT 'said' || n || 'x' || k, 'root' || n, 'leg' || n, 'careloop', ${agency}, ${moment}, CASE WHEN k = 1 THEN ${moment} END,
      CASE WHEN NOT ${isOpen} THEN 'said' || n || 'x2' END, CASE WHEN NOT ${isOpen} THEN ${moment} END
    FROM generate_series(1, ${LOOPS}) n, generate_series(1, 2) k`,
  `INSERT INTO person (id, name, email, email_key, organization_id, roles, created_at)
    SELECT md5('person ' || n)::uuid, 'P' || n, n || '@example.org', n || '@example.org', ${agency}, '{agency-worker}', ${moment}
    FROM generate_series(1, 2000) n`,
  // And who came by their mailboxes.
  `INSERT INTO mailbox_link (digest, task_id, loop_id, organization_id, address, created_at)
    SELECT sha256(n::text::bytea), 'leg' || n, 'root' || n, ${agency}, 'desk@example.org', ${moment} FROM generate_series(1, ${LOOPS}) n`,
  `INSERT INTO mailbox_code (link, task_id, organization_id, created_at)
    SELECT sha256(n::text::bytea), 'leg' || n, ${agency}, ${moment} FROM generate_series(1, 3000) n`,
  `INSERT INTO mailbox_visit (id, name, organization_id, task_id, loop_id, link, digest, created_at, used_at, ends_at)
    SELECT md5('visit ' || n)::uuid, 'V' || n, ${agency}, 'leg' || n, 'root' || n, sha256(n::text::bytea), sha256(n::text::bytea),
      ${moment}, ${moment}, ${moment} FROM generate_series(1, 3000) n`,
  `INSERT INTO message_read (message_id, person_id, at)
    SELECT 'said' || n || 'x' || k, md5('person ' || n % 2000 + 1)::uuid, ${moment} FROM generate_series(1, ${LOOPS}) n, generate_series(1, 2) k`,
  `INSERT INTO delivery (id, loop_id, message_id, kind, recipient_org, task_id, task_version, status, created_at, settled_at)
    SELECT gen_random_uuid(), 'root' || n, 'said' || n || 'x1', 'message', ${agency}, 'leg' || n, 1, 'delivered', ${moment}, ${moment}
    FROM generate_series(1, ${LOOPS}) n`,
  `INSERT INTO confirmation_event (loop_id, task_id, what, actor_org, at)
    SELECT 'root' || n, 'asked' || n, k, 'careloop', ${moment} FROM generate_series(1, ${LOOPS}) n, unnest(ARRAY['asked', 'answered']) k`,
  `INSERT INTO answer_due (task_id, due) SELECT 'leg' || n, ${moment} FROM generate_series(1, ${LOOPS}) n`,
  `INSERT INTO transition (loop_id, task_id, to_status, source, occurred_at, recorded_at)
    SELECT 'root' || n, 'root' || n, 'requested', 'fhir', ${moment}, ${moment} FROM generate_series(1, ${LOOPS}) n, generate_series(1, 4)`,
  `INSERT INTO delivery (id, loop_id, kind, recipient_org, task_id, task_version, status, lease_until, created_at, settled_at)
    SELECT gen_random_uuid(), 'root' || n, (ARRAY['offer', 'status', 'closing'])[k], ${agency}, 'leg' || n, 1,
      CASE WHEN NOT ${isOpen} THEN 'delivered' WHEN n % 500 = 0 THEN 'sending' ELSE 'pending' END,
      CASE WHEN n % 500 = 0 THEN ${moment} END, ${moment}, CASE WHEN NOT ${isOpen} THEN ${moment} END
    FROM generate_series(1, ${LOOPS}) n, generate_series(1, 3) k`,
  // What is shared with each agency; one in a hundred waits for a consent, one in fifty has an end.
  `INSERT INTO share (type, resource_id, organization_id, reason, loop_id, task_id, granted_at, client, withheld, decide_again_at)
    SELECT kind[1], kind[2] || n, ${agency}, kind[3], 'root' || n, 'leg' || n, ${moment}, 'pat' || n % 6000,
      CASE WHEN n % 100 = 0 THEN 'obtain-consent' END, CASE WHEN n % 50 = 1 THEN ${moment} + interval '1 year' END
    FROM generate_series(1, ${LOOPS}) n,
      (VALUES (ARRAY['Task', 'leg', 'task']), (ARRAY['ServiceRequest', 'req', 'request'])) AS kinds(kind)`,
  `INSERT INTO subscription (id, timer, owner_org, status, topic, events)
    SELECT 'sub' || n, gen_random_uuid(), 'org' || n % ${ORGANIZATIONS}, 'active', 'topic', 60 FROM generate_series(1, 20000) n`,
  `INSERT INTO subscription_event (subscription_id, number, occurred_at, type, resource_id, version, interaction)
    SELECT 'sub' || n, k, ${moment}, 'Task', 'leg' || n, 1, 'update' FROM generate_series(1, 1000) n, generate_series(1, 60) k`,
  `INSERT INTO delivery (id, subscription_id, round, kind, recipient_org, status, created_at, settled_at)
    SELECT gen_random_uuid(), 'sub' || n % 1000, 1, 'notification', ${agency}, 'delivered', ${moment}, ${moment}
    FROM generate_series(1, 20000) n`,
  `INSERT INTO resource_history (type, id, version, last_updated, content)
    SELECT type, id, 1, last_updated, content FROM resource WHERE type = 'Task'`,
  `INSERT INTO attempt (delivery_id, number, started_at, outcome) SELECT id, k, created_at, 'delivered' FROM delivery, generate_series(1, 2) k`,
  `INSERT INTO search_range (type, id, param, low, high)
    SELECT type, id, p, extract(epoch FROM last_updated) * 1000, extract(epoch FROM last_updated) * 1000
    FROM resource, unnest(ARRAY['authored-on', 'modified']) p WHERE type = 'Task'`,
  `UPDATE resource SET texts = array_to_tsvector(ARRAY(
      SELECT 'Patient.' || p || '=f' || md5(id) || chr(1) || 'F' || md5(id) FROM unnest(ARRAY['family', 'given', 'name']) p))
    WHERE type = 'Patient'`,
  // What was written, read, and sent.
  `INSERT INTO audit (recorded_at, action, interaction, organization_id, resource_type, resource_id, version, patient, recipient, basis)
    SELECT ${moment}, CASE k WHEN 1 THEN 'C' ELSE 'R' END, (ARRAY[NULL, 'read', 'disclosure'])[k], ${agency}, 'Task', 'root' || n, 1,
      'pat' || n % 6000, CASE k WHEN 3 THEN ${agency} END, CASE k WHEN 3 THEN 'Task/root' || n END
    FROM generate_series(1, ${LOOPS}) n, generate_series(1, 3) k`,
  // What stands on servers of partners, whose are asked in turn, and what could not be taken.
  `INSERT INTO counterpart (organization_id, type, resource_id, loop_id, there, digest, status, watched, late_until)
    SELECT ${agency}, 'Task', 'leg' || n, 'root' || n, 'https://org.example/fhir/Task/' || n, 'digest', 'accepted', ${isOpen},
      CASE WHEN n % 10 = 1 THEN ${moment} END
    FROM generate_series(1, ${LOOPS}) n`,
  `INSERT INTO fetching (organization_id, at) SELECT 'org' || n, CASE WHEN n % 4 = 0 THEN ${moment} END FROM generate_series(1, 2000) n`,
  `INSERT INTO fetch_finding (organization_id, there, loop_id, task_id, code, text, found_at, resolved_at)
    SELECT ${agency}, 'https://org.example/fhir/Task/' || n, 'root' || n, 'leg' || n, 'task.ended', 'Ended.', ${moment}, ${moment}
    FROM generate_series(1, ${LOOPS}) n`,
  // Messages that are under way, and in a bad hour thousands that are not.
  `INSERT INTO outbox (id, kind, subject_id, available_at, relayed_at)
    SELECT gen_random_uuid(), 'deliver', gen_random_uuid(), ${moment}, CASE WHEN n % 2 = 0 THEN ${moment} END FROM generate_series(1, 20000) n`,
];

/** A hub that has been busy for months, made in a few set-based statements. */
export async function fillBusyHub(sql: Sql): Promise<void> {
  for (const statement of [...KINDS.map(resources), ...ROWS, 'VACUUM ANALYZE']) await sql.query(statement);
}
