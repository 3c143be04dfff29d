import type { Bundle, Resource } from '@medplum/fhirtypes';
import { call, done } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import { addPartner, referralBundle } from '../../support/network.ts';
import { subscriptionTo } from '../../support/subscriber.ts';
import { FOOD } from '../operations/food-questionnaire.ts';
import { PROGRAMME } from '../operations/plans.ts';
import { observation, patient } from '../refusal.ts';
import { COUNTS, changesIn } from '../written.ts';
import type { There } from './bundles.ts';
import type { Seeds } from './operation-inputs.ts';

/** Resources to be patched: several types, with lists, groups, choices, numbers and texts. */
export const PATCHED: readonly object[] = [
  patient({
    active: true,
    name: [{ text: 'x', given: ['a', 'b'] }, { family: 'y' }],
    contact: [{ name: { text: 'z' } }],
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">x</div>' },
  }),
  observation({ valueQuantity: { value: 5.25, unit: 'mg' }, component: [{ code: { text: 'a' }, valueString: 'b' }] }),
  {
    resourceType: 'Task',
    status: 'draft',
    intent: 'order',
    input: [{ type: { text: 'x' }, valueReference: { reference: '#p' } }],
    contained: [{ resourceType: 'Patient', id: 'p' }],
  },
];

/** Creates a resource. */
export function created(hub: TestHub, body: object): Promise<Resource & { id: string }> {
  return done(call('POST', `${hub.fhir}/${(body as Resource).resourceType}`, { body }));
}

/** How many rows each table has that say what was changed. */
export async function rows({ deps: { db } }: TestHub): Promise<Record<string, number>> {
  const tables = await db.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
       AND relname NOT IN ${COUNTS} ORDER BY relname`,
  );
  const counts = tables.map(({ name }) => `(SELECT count(*)::int FROM ${name}${changesIn(name)}) AS ${name}`);
  const [row = {}] = await db.query<Record<string, number>>(`SELECT ${counts.join(', ')}`);
  return row;
}

/** What operations are called on. */
export async function seeds(hub: TestHub): Promise<Seeds> {
  const who = await created(hub, patient({ name: [{ family: 'Berg', given: ['Asa'] }], birthDate: '1990-02-03' }));
  const group = {
    resourceType: 'Group',
    type: 'person',
    actual: true,
    member: [{ entity: { reference: `Patient/${who.id}` } }],
  };
  const told = subscriptionTo('http://127.0.0.1:9/hook');
  const made = [];
  for (const each of [FOOD, PROGRAMME, group, told]) made.push(await created(hub, each));
  const [questionnaire, plan, members, subscription] = made.map(({ id }) => id);
  return { patient: who.id, questionnaire, plan, group: members, subscription } as Seeds;
}

/** What transactions would change, were they not refused. */
export async function thingsToChange(hub: TestHub): Promise<There> {
  const hospital = await addPartner(hub, 'Hospital');
  const referral: Bundle = referralBundle(hospital);
  const [who, seen] = [await created(hub, patient({ active: false })), await created(hub, observation())];
  return { patient: who.id, observation: seen.id, referral };
}
