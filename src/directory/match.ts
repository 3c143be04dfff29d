import type { HealthcareService, ServiceRequest } from '@medplum/fhirtypes';

/** A service that could be asked. */
export interface Candidate {
  readonly organizationId: string;
  readonly serviceId: string;
  readonly name: string;
}

/** A category that every social service has: it tells nothing apart. */
const TOO_GENERAL = new Set(['410606002']);

/** The category codes that a matching service must share one of. Pure. */
export function categoriesOf(request: ServiceRequest): string[] {
  const codes = (request.category ?? []).flatMap(({ coding }) => coding ?? []).flatMap(({ code }) => code ?? []);
  return [...new Set(codes)].filter((code) => !TOO_GENERAL.has(code));
}

/**
 * The organizations to ask for a request, best first: the one the sender named, then those whose active service has one
 * of its categories, by name. One that was asked before is not asked again. Pure.
 */
export function rank(
  request: ServiceRequest,
  services: readonly (HealthcareService & { id: string })[],
  asked: ReadonlySet<string>,
): Candidate[] {
  const wanted = new Set(categoriesOf(request));
  const named = (request.performer ?? []).flatMap(({ reference }) => organizationId(reference) ?? []);
  const fitting = services.filter(
    (service) => service.active !== false && codesOf(service).some((code) => wanted.has(code)),
  );
  const candidates = fitting
    .flatMap((service) => toCandidate(service) ?? [])
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
  const first = named.map(
    (id) => candidates.find((each) => each.organizationId === id) ?? { organizationId: id, serviceId: '', name: '' },
  );
  return distinct([...first, ...candidates]).filter(({ organizationId: id }) => !asked.has(id));
}

function codesOf(service: HealthcareService): string[] {
  return [...(service.category ?? []), ...(service.type ?? [])]
    .flatMap(({ coding }) => coding ?? [])
    .flatMap(({ code }) => code ?? []);
}

function toCandidate(service: HealthcareService & { id: string }): Candidate | undefined {
  const id = organizationId(service.providedBy?.reference);
  return id ? { organizationId: id, serviceId: service.id, name: service.name ?? '' } : undefined;
}

function distinct(candidates: Candidate[]): Candidate[] {
  const first = new Map<string, Candidate>();
  for (const each of candidates) if (!first.has(each.organizationId)) first.set(each.organizationId, each);
  return [...first.values()];
}

function organizationId(reference: string | undefined): string | undefined {
  return reference?.startsWith('Organization/') ? reference.slice('Organization/'.length) : undefined;
}
