import { disclosedResource } from '../../access/consent/disclosed-resource.ts';
import type { ConsentPolicy } from '../../access/consent/policy.ts';
import { lockNames } from '../../db/locks.ts';
import { patientOf } from '../../fhir/audit/patient-of.ts';
import type { LocalReference } from '../../fhir/references.ts';
import { type Redecided, redecide } from '../../fhir/sharing/redecide.ts';
import type { Share } from '../../fhir/sharing/shared.ts';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { LOOP_MARK, lockLoop } from '../../loops/projection/store.ts';
import { showAnew } from '../sharing/show-anew.ts';
import { consentLock, factsOf, LIGHT_CONTENT } from './facts.ts';
import { type Case, rulingsOn } from './rulings.ts';
import { tellServers, tellWithdrawn, wakeWaiting } from './tell.ts';

/** What is decided anew: what is shared of some clients, or some resources; and why what is no longer permitted ends. */
export type Reconsidered = { readonly because: 'consent-withdrawn' | 'consent-ended' | 'labelled' } & (
  | { readonly clients: readonly string[] }
  | { readonly resources: readonly LocalReference[] }
);

/**
 * Decides anew about what is shared: what is not permitted any more ends, so that reads stop with this transaction, and who
 * could read it is told; what is permitted now is opened, and what waited for it goes on.
 */
export async function reconsider(unit: UnitOfWork, policy: ConsentPolicy, what: Reconsidered): Promise<void> {
  await unit.flush();
  const clients = 'clients' in what ? what.clients : await clientsOf(unit, what.resources);
  if (clients.length === 0) return;
  const loops = await lockAll(unit, clients);
  const open = await unit.tx.query<OpenShare>(OPEN_SQL, [clients]);
  const cases = open.map(caseOf);
  const rulings = rulingsOn(cases, await factsOf(unit, policy, cases));
  const changes = open.flatMap((row, at): Redecided[] => {
    const ruling = rulings[at];
    return ruling && differs(row, ruling) ? [{ id: row.share, was: row.withheld, ruling }] : [];
  });
  await redecide(unit, changes, what.because);
  await follow(unit, open, changes);
  await wakeWaiting(unit, loops);
}

interface OpenShare extends Omit<Share, 'client'> {
  /** The number of the share, as text. */
  readonly share: string;
  readonly client: string;
  readonly withheld: 'obtain-consent' | null;
  readonly until: Date | null;
  readonly consents: readonly string[];
  readonly content: Stored | null;
  readonly author: string;
}

/** The resources are held, in one order for all, so that a share made meanwhile is not overlooked. */
export const OPEN_SQL = `
  SELECT s.id::text AS share, s.type, s.resource_id AS id, s.organization_id AS "organizationId", s.reason, s.loop_id AS "loopId",
    s.task_id AS "taskId", s.client, s.withheld, s.decide_again_at AS until, s.consents, ${LIGHT_CONTENT} AS content,
    r.author_org AS author
  FROM share s JOIN resource r ON r.type = s.type AND r.id = s.resource_id
  WHERE s.client = ANY ($1::text[]) AND s.ended_at IS NULL ORDER BY r.type, r.id, s.id FOR NO KEY UPDATE OF r`;

async function clientsOf(unit: UnitOfWork, resources: readonly LocalReference[]): Promise<string[]> {
  const rows = await unit.tx.query<{ client: string }>(CLIENTS_SQL, [
    resources.map(({ type }) => type),
    resources.map(({ id }) => id),
  ]);
  return rows.map(({ client }) => client);
}

export const CLIENTS_SQL = `
  SELECT DISTINCT s.client FROM share s JOIN unnest($1::text[], $2::text[]) AS wanted(type, id)
    ON s.type = wanted.type AND s.resource_id = wanted.id
  WHERE s.ended_at IS NULL AND s.client IS NOT NULL`;

/** Loops first, as everywhere; then the consents of the clients. */
async function lockAll(unit: UnitOfWork, clients: readonly string[]): Promise<string[]> {
  const patients = clients.map((client) => `Patient/${client}`);
  const loops = await unit.tx.query<{ id: string }>(LOOPS_SQL, [patients]);
  for (const { id } of loops) await lockLoop(unit, id);
  await lockNames(unit.tx, clients.map(consentLock));
  return loops.map(({ id }) => id);
}

export const LOOPS_SQL = 'SELECT id FROM loop WHERE patient = ANY ($1::text[]) ORDER BY id COLLATE "C"';

function caseOf({ content, author, ...share }: OpenShare): Case {
  const resource = disclosedResource(share.type, share.id, content ?? undefined, author);
  return { share, resource, clients: [...new Set([share.client, patientOf(content ?? undefined) ?? share.client])] };
}

function differs(row: OpenShare, { withheld, until, consents }: Redecided['ruling']): boolean {
  return (
    row.withheld !== (withheld ?? null) ||
    row.until?.getTime() !== until?.getTime() ||
    row.consents.join() !== consents.join()
  );
}

async function follow(unit: UnitOfWork, open: readonly OpenShare[], changes: readonly Redecided[]): Promise<void> {
  const byId = new Map(open.map((row) => [row.share, row]));
  const turned = changes.filter(({ was, ruling }) => was !== (ruling.withheld ?? null));
  const rows = (some: readonly Redecided[]): OpenShare[] => some.flatMap(({ id }) => byId.get(id) ?? []);
  await tellWithdrawn(unit, rows(turned.filter(({ ruling }) => ruling.withheld)));
  await tellServers(unit, rows(turned));
  await showAnew(unit, rows(turned.filter(({ ruling }) => !ruling.withheld)));
  for (const { loopId } of rows(turned)) unit.mark(LOOP_MARK, loopId);
}
