import type { Provenance } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { AppError } from '../../../errors.ts';
import type { Acting } from '../../store/held.ts';
import { hubOf, type Store, transact } from '../../store/transact.ts';
import { areTherePartnerChanges, partnerChanges } from './partner-changes.ts';
import { provenanceOfChange } from './provenance-of.ts';

/** So many are written in one transaction: a tenth of a second of the database's, and of this process. */
const AT_ONCE = 200;
/** A request makes no more than so many times that before it is answered. */
const MOST_FOR_A_REQUEST = 50;

/** It is made of an entry of the audit: one more would say the same again. */
const MADE_OF_AUDIT: Acting = { byHub: true, isInAudit: true };

/**
 * Makes the Provenances of all that partners have changed until now. Several processes may do so at once: they take turns.
 * @param goesOn asked before each transaction
 * @returns how many were made
 */
export async function makeProvenance(store: Store, goesOn: () => boolean = () => true): Promise<number> {
  const upTo = await lastEntry(store.db);
  let made = 0;
  for (let from = upTo === undefined ? undefined : await begin(store.db); from && upTo && goesOn(); ) {
    const some: Some = await makeSome(store, from, upTo);
    made += some.made;
    from = some.next;
  }
  return made;
}

/**
 * Makes those of what was changed before now, for who asks for Provenances.
 * @throws AppError (503) when there are too many to wait for; ten thousand were made, and asking again goes on
 */
export async function bringProvenanceUpToDate(store: Store): Promise<void> {
  const upTo = await lastEntry(store.db);
  if (upTo === undefined) return;
  let from: Place | undefined = await begin(store.db);
  for (let times = 0; from && (await arePending(store, from, upTo)); times += 1) {
    if (times === MOST_FOR_A_REQUEST) throw behind();
    const some: Some = await makeSome(store, from, upTo);
    from = some.next;
  }
}

function behind(): AppError {
  const text =
    'Very much was changed just now, and its Provenance is still being written: the answer would lack some of it. Ask again in some seconds, or for other types without Provenance (_type).';
  return new AppError('unavailable', 'provenance.behind', text);
}

async function lastEntry(sql: Sql): Promise<string | undefined> {
  const [row] = await sql.query<{ id: string | null }>('SELECT max(id)::text AS id FROM audit');
  return row?.id ?? undefined;
}

/** Where making some goes on. */
interface Place {
  /** All before was looked at, of what could be seen when making them began. */
  readonly after: string;
  /** The last seal of that moment: up to there, all could be seen. */
  readonly sealed: string;
}

async function begin(sql: Sql): Promise<Place> {
  const [place] = await sql.query<Place>(`SELECT p.last_id::text AS after, h.last_id::text AS sealed
    FROM provenance_head p CROSS JOIN audit_head h`);
  if (!place) throw new Error('provenance_head and audit_head have one row each');
  return place;
}

function arePending(store: Store, { after }: Place, upTo: string): Promise<boolean> {
  return areTherePartnerChanges(store.db, { after, upTo }, hubOf(store));
}

interface Some {
  readonly made: number;
  /** Undefined when there are no more. */
  readonly next: Place | undefined;
}

/** What is committed in the meantime with a smaller id is beyond the seal of that moment: it is found the next time. */
function makeSome(store: Store, { after, sealed }: Place, upTo: string): Promise<Some> {
  const hub = hubOf(store);
  return transact(store, { kind: 'hub', organizationId: hub }, async (unit) => {
    // Whoever else makes some waits here, and then sees what was made.
    await unit.tx.query('SELECT 1 FROM provenance_head FOR UPDATE');
    const changes = await partnerChanges(unit.tx, { after, upTo }, hub, AT_ONCE);
    for (const change of changes) await unit.create<Provenance>(provenanceOfChange(change), MADE_OF_AUDIT);
    const last = changes.length < AT_ONCE ? undefined : changes.at(-1)?.entry;
    await unit.tx.query(GO_ON_SQL, [last ?? upTo, sealed]);
    return { made: changes.length, next: last === undefined ? undefined : { after: last, sealed } };
  });
}

const GO_ON_SQL = `UPDATE provenance_head SET last_id = least($1::bigint, $2::bigint)
  WHERE last_id < least($1::bigint, $2::bigint)`;
