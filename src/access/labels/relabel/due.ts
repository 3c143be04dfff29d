import type { DocumentReference } from '@medplum/fhirtypes';
import { patientOf } from '../../../fhir/audit/patient-of.ts';
import type { LocalReference } from '../../../fhir/references.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../../fhir/store/unit-of-work.ts';
import { labelsByCodes } from '../code-lists.ts';
import { contentsOf, sourcesOf } from '../derived.ts';
import { labelsIn } from '../label.ts';
import { type Labelling, labelsOfSource } from '../label-rule.ts';

/** Why a resource must have a label: the next write of it would bring it back. */
export type Due =
  | { readonly because: 'code' | 'organization' }
  | { readonly because: 'source'; readonly source: LocalReference };

/** Why a resource must have a label; undefined: it need not. */
export async function whyDue(
  unit: UnitOfWork,
  { policy, labelsOf }: Labelling,
  resource: Stored,
  label: string,
): Promise<Due | undefined> {
  if (labelsByCodes(resource, labelsOf).includes(label)) return { because: 'code' };
  const author = unit.authorOf(resource.resourceType, resource.id) ?? '';
  if (labelsOfSource(author, policy).includes(label)) return { because: 'organization' };
  for (const { type, id } of [...sourcesOf(resource), ...(await documentsOf(unit, resource))]) {
    const source = await unit.find(type, id, BY_HUB);
    if (labelsIn(source).includes(label)) return { because: 'source', source: { type, id } };
  }
  return undefined;
}

/** The documents whose content a Binary is. No index leads there: those that were changed here are looked at, and the client's. */
async function documentsOf(unit: UnitOfWork, resource: Stored): Promise<LocalReference[]> {
  if (resource.resourceType !== 'Binary') return [];
  const isContent = (document: Stored | undefined): boolean =>
    document !== undefined && contentsOf(document).some(({ id }) => id === resource.id);
  const staged = unit.changes.filter(({ type, after }) => type === 'DocumentReference' && isContent(after));
  const patients = new Set(staged.flatMap(({ after }) => patientOf(after) ?? []));
  const keys = [...patients].map((patient) => `DocumentReference.subject=Patient/${patient}`);
  const rows = await unit.tx.query<{ content: DocumentReference & { id: string } }>(
    `SELECT content FROM resource WHERE type = 'DocumentReference' AND NOT deleted AND tokens && $1::text[]`,
    [keys],
  );
  const others = rows.filter(({ content }) => isContent(content)).map(({ content }) => content.id);
  return [...new Set([...staged.map(({ id }) => id), ...others])].map((id) => ({ type: 'DocumentReference', id }));
}
