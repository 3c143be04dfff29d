import type { Resource } from '@medplum/fhirtypes';
import { AppError, type Issue } from '../../errors.ts';
import { visibleTo } from '../caller.ts';
import { isKnownType } from '../definitions.ts';
import { type FoundReference, parseLocal, versionIn } from '../references.ts';
import type { WriteRule } from '../store/transact.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import { containedIn } from './contained-in.ts';
import { type ServerPolicy, toStrangers } from './known-servers.ts';
import { outwardReferences } from './outward-references.ts';

/**
 * A reference of a written resource must lead somewhere: to a resource here, or a version of one, to a
 * contained resource, or to another server. What it says by an identifier only, is taken as it is; what it said before
 * is not looked at again.
 * @param base the address of this hub's FHIR API
 * @see https://hl7.org/fhir/R4/references.html
 */
export function referencesResolve(policy: ServerPolicy, base: string): WriteRule {
  return {
    types: ['*'],
    settle: async (change, unit) => {
      const { before, after } = change;
      if (!after) return;
      const known = new Set(before ? outwardReferences(before, base).map(({ reference }) => reference) : []);
      const added = outwardReferences(after, base).filter(({ reference }) => !known.has(reference));
      if (added.length === 0) return;
      const elsewhere = await absentElsewhere(added, unit, policy);
      const refuse = (resources: ReadonlySet<string>): void => {
        const issues = unresolved(added, after, { ...elsewhere, resources });
        if (issues.length === 0) return;
        throw new AppError('unprocessable', 'reference.not-found', 'References of this resource lead nowhere.', {
          issues,
          subject: change,
        });
      };
      const local = added.flatMap(({ reference }) => parseLocal(reference) ?? []);
      // Who is refused anyway is told everything at once.
      if (unresolved(added, after, { ...elsewhere, resources: NONE }).length > 0) refuse(await unit.missing(local));
      unit.require(local, refuse);
    },
  };
}

const NONE: ReadonlySet<string> = new Set();

/** What of the references is not there. */
interface Absent {
  readonly resources: ReadonlySet<string>;
  readonly versions: ReadonlySet<string>;
  readonly strangers: ReadonlySet<string>;
}

async function absentElsewhere(
  found: readonly FoundReference[],
  unit: UnitOfWork,
  policy: ServerPolicy,
): Promise<Omit<Absent, 'resources'>> {
  const references = found.map(({ reference }) => reference);
  return {
    versions: await missingVersions(
      references.filter((reference) => versionIn(reference) !== undefined),
      unit,
    ),
    strangers: await toStrangers(unit.tx, policy, references.filter(isAbsolute)),
  };
}

function unresolved(found: readonly FoundReference[], resource: Resource, absent: Absent): Issue[] {
  return found.flatMap(({ reference, expression }): Issue[] => {
    const text = whyNowhere(reference, resource, absent);
    return text ? [{ text, expression, code: 'not-found' }] : [];
  });
}

async function missingVersions(references: readonly string[], unit: UnitOfWork): Promise<ReadonlySet<string>> {
  if (references.length === 0) return new Set();
  const written = new Set(
    unit.changes.map(({ type, id, after }) => `${type}/${id}/_history/${after?.meta?.versionId}`),
  );
  const wanted = references.filter((reference) => !written.has(reference));
  if (wanted.length === 0) return new Set();
  const rows = await unit.tx.query<{ reference: string }>(
    `SELECT wanted.reference FROM unnest($1::text[]) AS wanted(reference)
     JOIN resource_version h ON h.type = split_part(wanted.reference, '/', 1) AND h.id = split_part(wanted.reference, '/', 2)
       AND h.version::text = split_part(wanted.reference, '/', 4)
     JOIN resource ON resource.type = h.type AND resource.id = h.id
     WHERE NOT h.deleted AND ${visibleTo(unit.caller)}`,
    [[...new Set(wanted)]],
  );
  const there = new Set(rows.map(({ reference }) => reference));
  return new Set(wanted.filter((reference) => !there.has(reference)));
}

function whyNowhere(
  reference: string,
  resource: Resource,
  { resources, versions, strangers }: Absent,
): string | undefined {
  if (isAbsolute(reference)) return strangers.has(reference) ? STRANGER : undefined;
  if (reference.startsWith('#')) {
    const found = reference === '#' || containedIn(resource).has(reference);
    return found ? undefined : `There is no contained resource with the id "${reference.slice(1)}".`;
  }
  if (/^[A-Z][A-Za-z]+\?/.test(reference)) return CONDITIONAL;
  const local = parseLocal(reference);
  if (!local || !isKnownType(local.type)) {
    return `"${reference}" points to nothing this hub knows. Put the resource into the same Bundle, or refer to it as Type/id or by its full http address.`;
  }
  if (resources.has(`${local.type}/${local.id}`)) {
    return `There is no ${reference} on this hub. Send it in the same Bundle, or create it first.`;
  }
  return versions.has(reference)
    ? `There is no ${reference} on this hub. Refer to a version there is, or to none.`
    : undefined;
}

const STRANGER =
  'This reference leads to a server this hub does not know. Send the resource too, refer to it by an identifier, or ask the operator to add the server’s Endpoint.';
const CONDITIONAL =
  'A reference by a condition (Type?parameter=value) is resolved in a transaction only. Send the resource in one, or refer to it as Type/id.';

function isAbsolute(reference: string): boolean {
  return /^https?:\/\//.test(reference);
}
