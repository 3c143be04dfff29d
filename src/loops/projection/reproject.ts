import type { CalendarToApply } from '../../calendars/store.ts';
import { hubOf, type Store, transact } from '../../fhir/store/transact.ts';
import { LOOP_MARK } from './store.ts';

const AT_ONCE = 50;

/** Whether to begin another batch: who stops does not wait for the last loop. */
export type GoesOn = () => boolean | Promise<boolean>;

/**
 * Projects open loops anew that are projected under other policies than these. Several processes may do so at once: each
 * takes what no other has.
 * @param digest of the policies that this process has
 * @returns how many there were
 */
export async function reprojectByPolicies(store: Store, digest: string, goesOn: GoesOn): Promise<number> {
  const before = await reproject({ store, goesOn }, BEFORE_POLICIES_SQL, { at: '', id: '' }, digest);
  return before + (await reproject({ store, goesOn }, AFTER_POLICIES_SQL, { at: digest, id: '' }, digest));
}

/** Likewise those that are projected by an earlier calendar of an organization. */
export function reprojectByCalendar(
  store: Store,
  { organizationId, version }: Pick<CalendarToApply, 'organizationId' | 'version'>,
  goesOn: GoesOn,
): Promise<number> {
  const start = { at: '0', id: '' };
  if (organizationId === hubOf(store)) return reproject({ store, goesOn }, BY_HUB_CALENDAR_SQL, start, version);
  return reproject({ store, goesOn }, BY_CALENDAR_SQL, start, version, organizationId);
}

const TAKEN = `LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED`;

// $1, $2: behind which; $3: what they are compared with. In the order of an index, so that none are found at once.

const BEFORE_POLICIES_SQL = `
  SELECT policies AS at, id FROM loop WHERE state = 'open' AND (policies, id) > ($1, $2) AND policies < $3
  ORDER BY policies, id ${TAKEN}`;

export const AFTER_POLICIES_SQL = `
  SELECT policies AS at, id FROM loop WHERE state = 'open' AND (policies, id) > ($1, $2) AND policies > $3
  ORDER BY policies, id ${TAKEN}`;

export const BY_HUB_CALENDAR_SQL = `
  SELECT calendars::text AS at, id FROM loop WHERE state = 'open' AND (calendars, id) > ($1::int, $2) AND calendars < $3
  ORDER BY calendars, id ${TAKEN}`;

export const BY_CALENDAR_SQL = `
  SELECT '0' AS at, id FROM loop WHERE state = 'open' AND (0, id) > ($1::int, $2) AND calendars < $3 AND parties @> ARRAY[$4::text]
  ORDER BY id ${TAKEN}`;

interface Place {
  readonly at: string;
  readonly id: string;
}

/** A batch is a transaction: who changes one of its loops waits no longer than that takes. */
async function reproject(
  { store, goesOn }: { readonly store: Store; readonly goesOn: GoesOn },
  statement: string,
  start: Place,
  ...values: unknown[]
): Promise<number> {
  let [place, count] = [start, 0];
  while (await goesOn()) {
    const { at, id } = place;
    const taken = await transact(store, { kind: 'hub', organizationId: hubOf(store) }, async (unit) => {
      const rows = await unit.tx.query<Place>(statement, [at, id, ...values]);
      for (const row of rows) unit.mark(LOOP_MARK, row.id);
      return rows;
    });
    count += taken.length;
    const last = taken.at(-1);
    if (last === undefined || taken.length < AT_ONCE) return count;
    place = last;
  }
  return count;
}
