import type { Task } from '@medplum/fhirtypes';
import { z } from 'zod';
import { activeOf, servicesFor } from '../../directory/directory.ts';
import { rank } from '../../directory/match.ts';
import { matching } from '../../fhir/search/matching.ts';
import { transact } from '../../fhir/store/transact.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { named, organizationNames } from '../../loops/names.ts';
import { isTerminal } from '../../loops/words.ts';
import { legsOf, ownerId } from '../ask-next.ts';
import type { StoredTask } from '../task-changes.ts';
import { type Context, requestOf, requireLoop } from './open-loop.ts';

export const candidatesQuery = z.strictObject({
  name: z
    .string()
    .trim()
    .min(2, 'Give two letters of the name, or more.')
    .max(100)
    .optional()
    .describe('Organizations whose name has these letters, in the place of those whose service matches'),
});

export const candidate = z.object({
  id: z.string().describe('Of the Organization'),
  name: z.string(),
  service: z.string().nullable().describe('Its service that matches what is asked for'),
  asked: z.enum(['now', 'before']).nullable().describe('Whether it is being asked for this, or was'),
});

export const candidates = z.object({ organizations: z.array(candidate) });
export type Candidates = z.infer<typeof candidates>;

/** So many are told of that have a name. */
const BY_NAME = 20;

/**
 * Whom a case manager could ask for a referral: the organizations whose service matches, in the order in which the hub would
 * ask them; or those of a name.
 * @throws AppError (404) when there is no such loop
 */
export function candidatesOf({ store, caller }: Context, loopId: string, name?: string): Promise<Candidates> {
  return transact(store, caller, async (unit) => {
    const root = requireLoop(await unit.find<Task>('Task', loopId));
    const matches = name === undefined ? await matchesOf(unit, root) : await ofName(unit, name);
    const legs = await legsOf(unit, root.id);
    const names = await organizationNames(
      unit.tx,
      matches.map(({ id }) => id),
    );
    const active = await activeOf(
      unit.tx,
      matches.map(({ id }) => id),
    );
    const organizations = matches
      .filter(({ id }) => id !== unit.hubOrg && active.has(id))
      .map(({ id, service }) => ({ ...named(id, names), service, asked: askedIn(legs, id) }));
    return { organizations };
  });
}

interface Match {
  readonly id: string;
  readonly service: string | null;
}

async function matchesOf(unit: UnitOfWork, root: StoredTask): Promise<Match[]> {
  const request = await requestOf(unit, root);
  const ranked = rank(request, await servicesFor(unit.tx, request), new Set());
  return ranked.map(({ organizationId, name }) => ({ id: organizationId, service: name || null }));
}

async function ofName(unit: UnitOfWork, name: string): Promise<Match[]> {
  const context = { sql: unit.tx, caller: unit.caller, base: '', now: unit.now };
  const found = await matching(context, 'Organization', [['name:contains', name]], BY_NAME);
  return found.map(({ id }) => ({ id, service: null }));
}

function askedIn(legs: readonly StoredTask[], organizationId: string): 'now' | 'before' | null {
  const own = legs.filter((leg) => ownerId(leg) === organizationId);
  if (own.length === 0) return null;
  return own.some(({ status }) => !isTerminal(status)) ? 'now' : 'before';
}
