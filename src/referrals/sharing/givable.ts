import type { DocumentReference } from '@medplum/fhirtypes';
import type { LocalReference } from '../../fhir/references.ts';
import { EVERYBODY } from '../../fhir/sharing/readers.ts';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { contentsOf, type Needed } from './minimum-set.ts';

interface GivableRow extends LocalReference {
  readonly document: DocumentReference | null;
}

/**
 * What of a set may be passed on: nobody gives away what it may not read itself, or no longer. What the hub made, and
 * what this very transaction writes, is given. Documents come with their content.
 * @param giver the organization that asks; the hub may give everything
 */
export async function givable(
  unit: UnitOfWork,
  giver: string | undefined,
  needed: readonly Needed[],
): Promise<readonly Needed[]> {
  const rows = new Map<string, DocumentReference | null>();
  const stored: Needed[] = [];
  const made = new Set(unit.changes.filter(({ before, after }) => !before && after).map(nameOf));
  for (const each of needed) {
    if (made.has(nameOf(each))) rows.set(nameOf(each), documentIn(unit.staged(each.type, each.id)));
    else stored.push(each);
  }
  for (const row of await read(unit, giver, stored))
    rows.set(nameOf(row), documentIn(unit.staged(row.type, row.id)) ?? row.document);
  const given = needed.filter((each) => rows.has(nameOf(each)));
  const contents = given.flatMap((each) => contentsOf(rows.get(nameOf(each)) ?? {}));
  const binaries = contents.map((each) => ({ ...each, reason: 'document' as const }));
  return binaries.length === 0 ? given : [...given, ...(await givable(unit, giver, binaries))];
}

async function read(unit: UnitOfWork, giver: string | undefined, needed: readonly Needed[]): Promise<GivableRow[]> {
  if (needed.length === 0) return [];
  return unit.tx.query<GivableRow>(GIVABLE_SQL, [
    needed.map(({ type }) => type),
    needed.map(({ id }) => id),
    [EVERYBODY, unit.hubOrg, giver ?? ''],
    giver === unit.hubOrg,
  ]);
}

const GIVABLE_SQL = `
  SELECT type, id, CASE WHEN type = 'DocumentReference' THEN content END AS document
  FROM resource JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id)
  WHERE NOT deleted AND ($4::boolean OR readers && $3::text[])`;

function documentIn(resource: Stored | undefined): DocumentReference | null {
  return resource?.resourceType === 'DocumentReference' ? resource : null;
}

function nameOf({ type, id }: LocalReference): string {
  return `${type}/${id}`;
}
