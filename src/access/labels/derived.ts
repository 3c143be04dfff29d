import type { Communication, DocumentReference, Reference } from '@medplum/fhirtypes';
import { type LocalReference, parseLocal } from '../../fhir/references.ts';
import type { Stored } from '../../fhir/store/unit-of-work.ts';

/**
 * The elements by which a resource says what it comes from or is about: it tells something of that, and has at least its
 * labels. Beside each, the parameter by which it is found from there.
 */
const DERIVED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Task: { focus: 'focus', partOf: 'part-of', basedOn: 'based-on' },
  ServiceRequest: { basedOn: 'based-on', replaces: 'replaces' },
  Communication: { basedOn: 'based-on', partOf: 'part-of', about: 'about', inResponseTo: 'in-response-to' },
  Procedure: { basedOn: 'based-on', partOf: 'part-of' },
  Observation: { basedOn: 'based-on', partOf: 'part-of', derivedFrom: 'derived-from', hasMember: 'has-member' },
  QuestionnaireResponse: { basedOn: 'based-on', partOf: 'part-of' },
  DiagnosticReport: { basedOn: 'based-on', result: 'result' },
  Appointment: { basedOn: 'based-on' },
  Provenance: { target: 'target' },
};

/** What a resource has at least the labels of. Pure. */
export function sourcesOf(resource: Stored): LocalReference[] {
  const said = resource as unknown as Readonly<Record<string, Reference | readonly Reference[] | undefined>>;
  const sources: LocalReference[] = [];
  for (const name in DERIVED[resource.resourceType]) {
    const references = said[name];
    if (!references) continue;
    for (const { reference } of Array.isArray(references) ? references : [references]) {
      const source = parseLocal(reference);
      if (source) sources.push(source);
    }
  }
  return sources;
}

/** The keys of the search index under which is found what has at least the labels of a resource. Pure. */
export function keysOfDerived({ type, id }: LocalReference): string[] {
  return Object.entries(DERIVED).flatMap(([derived, elements]) =>
    Object.values(elements).map((code) => `${derived}.${code}=${type}/${id}`),
  );
}

/** The content of a document, or of a message, has at least its labels. Pure. */
export function contentsOf(resource: Stored): LocalReference[] {
  if (resource.resourceType === 'Communication') {
    const attached = (resource as Communication).payload ?? [];
    return binaries(attached.map(({ contentAttachment }) => contentAttachment?.url));
  }
  if (resource.resourceType !== 'DocumentReference') return [];
  const { content } = resource as DocumentReference;
  return binaries(content.map(({ attachment }) => attachment.url));
}

function binaries(urls: readonly (string | undefined)[]): LocalReference[] {
  return urls.flatMap((url) => parseLocal(url) ?? []).filter(({ type }) => type === 'Binary');
}
