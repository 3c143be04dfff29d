import { isDeepStrictEqual } from 'node:util';
import type { Coding, Reference, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import { claimingWhatHolds, PROFILES } from '../../fhir/claims.ts';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { kindOf } from '../../loops/projection/records.ts';
import { SYSTEMS } from '../../loops/words.ts';
import type { ReferralDeps, StoredTask } from '../task-changes.ts';

/** A referral, and what it asks for. */
export interface Asked {
  readonly root: StoredTask;
  readonly request: Stored<ServiceRequest>;
}

/** What of an order is the hub's own, and not what its sender asks. */
const OWN = [
  'id',
  'meta',
  'text',
  'identifier',
  'replaces',
  'basedOn',
  'status',
  'intent',
  'authoredOn',
  'requester',
  'performer',
] as const satisfies readonly (keyof ServiceRequest)[];
const OWN_NAMES: ReadonlySet<string> = new Set(OWN);

/** The hub's own request to one organization, for what a sender asks. */
export function newOrder(
  unit: UnitOfWork,
  deps: ReferralDeps,
  asked: Asked,
  organizationId: string,
): Stored<ServiceRequest> {
  const id = unit.newId();
  return saying(deps, asked, {
    resourceType: 'ServiceRequest',
    id,
    subject: asked.request.subject,
    identifier: [{ system: SYSTEMS.request, value: id }],
    basedOn: [{ reference: `ServiceRequest/${asked.request.id}` }],
    status: 'active',
    intent: 'filler-order',
    authoredOn: unit.now.toISOString(),
    requester: { reference: `Organization/${deps.hubOrg}` },
    performer: [{ reference: `Organization/${organizationId}` }],
  });
}

/** An order of the hub that says what its sender asks now. */
export function orderNow(deps: ReferralDeps, asked: Asked, order: Stored<ServiceRequest>): Stored<ServiceRequest> {
  const own = Object.fromEntries(Object.entries(order).filter(([name]) => OWN_NAMES.has(name)));
  return saying(deps, asked, { ...own, resourceType: 'ServiceRequest' } as Stored<ServiceRequest>);
}

/** The client of a referral, as who is asked is told it: who is not shown the name is not told it by a reference either. */
export function clientOf(deps: ReferralDeps, { root, request }: Asked): Task['for'] {
  return isNamed(deps, { root, request }) ? root.for : unnamed(root.for);
}

/** The elements of two requests that ask for something else, e.g. `reasonCode`. Pure. */
export function changedIn(before: ServiceRequest, after: ServiceRequest): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof ServiceRequest)[];
  return names.filter((name) => !OWN_NAMES.has(name) && !isDeepStrictEqual(before[name], after[name])).sort();
}

function saying(deps: ReferralDeps, asked: Asked, own: Stored<ServiceRequest>): Stored<ServiceRequest> {
  const { request } = asked;
  const said = Object.fromEntries(Object.entries(request).filter(([name]) => !OWN_NAMES.has(name)));
  const subject = isNamed(deps, asked) ? request.subject : unnamed(request.subject);
  const security = labelsOf(own, request);
  const order = { ...own, ...said, subject, ...(security ? { meta: { ...own.meta, security } } : {}) } as typeof own;
  const claimed = request.meta?.profile ?? [];
  return claimingWhatHolds(
    order,
    [...claimed, PROFILES.referralRequest],
    (profile) => claimed.includes(profile) || hasPublishedCode(request),
  );
}

/** What it was labelled with it stays labelled with. */
function labelsOf(...resources: readonly Resource[]): Coding[] | undefined {
  const labels = resources.flatMap(({ meta }) => meta?.security ?? []);
  const first = new Map(labels.toReversed().map((each) => [`${each.system}|${each.code}`, each]));
  return labels.length > 0 ? [...first.values()].toReversed() : undefined;
}

function isNamed(deps: ReferralDeps, asked: Asked): boolean {
  return deps.policies.of(kindOf(asked)).demographics?.includes('name') ?? true;
}

function unnamed<About extends Reference | undefined>(about: About): About {
  if (!about) return about;
  const { display: _display, ...reference } = about;
  return reference as About;
}

/** Code systems that the SDOHCC profile takes a procedure's code from. @see https://hl7.org/fhir/us/core/STU7/ValueSet-us-core-procedure-code.html */
const PROCEDURE_SYSTEMS: ReadonlySet<string> = new Set([
  'http://snomed.info/sct',
  'http://loinc.org',
  'http://www.ama-assn.org/go/cpt',
  'http://www.ada.org/cdt',
  'http://www.cms.gov/Medicare/Coding/ICD10',
  'https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets',
]);

function hasPublishedCode({ code, category }: Pick<ServiceRequest, 'code' | 'category'>): boolean {
  const codings = code?.coding ?? [];
  return category !== undefined && codings.some(({ system }) => PROCEDURE_SYSTEMS.has(system ?? ''));
}
