import type { CodeableConcept, Coding, ConsentProvision, ConsentProvisionActor } from '@medplum/fhirtypes';
import { tryDateRange } from '../../fhir/search/date-range.ts';
import type { Disclosure } from './disclosure.ts';
import type { Facet } from './facets.ts';
import { every, type Match, some, whether } from './match.ts';
import { within } from './periods.ts';
import { serves } from './purposes.ts';

/** By what a provision is narrowed: who narrows one less than another has said more with it. */
export type Narrowing = 'recipient' | 'source' | 'purpose' | 'label' | 'subject';

interface Condition {
  readonly narrows: Narrowing | undefined;
  readonly match: (provision: ConsentProvision, asked: Disclosure, facet: Facet) => Match;
  /** Whether a provision says anything of it. */
  readonly has: (provision: ConsentProvision) => boolean;
}

/** What a provision may depend on. @see https://hl7.org/fhir/R4/consent-definitions.html#Consent.provision */
const CONDITIONS: readonly Condition[] = [
  {
    narrows: undefined,
    has: ({ period }) => period !== undefined,
    match: ({ period }, { now }) => within(period ?? {}, now),
  },
  {
    narrows: undefined,
    has: ({ dataPeriod }) => dataPeriod !== undefined,
    match: ({ dataPeriod }, { resource }) => {
      const range = resource.at === undefined ? undefined : tryDateRange(resource.at);
      return range ? within(dataPeriod ?? {}, range.startsAt, range.endsAt) : 'unknown';
    },
  },
  {
    narrows: 'recipient',
    has: ({ actor }) => recipientsIn(actor).length > 0,
    match: ({ actor }, asked) => some(recipientsIn(actor).map((each) => isRecipient(each, asked))),
  },
  {
    narrows: 'source',
    has: ({ actor }) => (actor ?? []).some(isSource),
    match: ({ actor }, asked) => some((actor ?? []).filter(isSource).map((each) => isAuthor(each, asked))),
  },
  {
    narrows: undefined,
    has: ({ action }) => (action ?? []).length > 0,
    match: ({ action }) => whether(codesIn(action).some((code) => DISCLOSING.has(code))),
  },
  {
    narrows: 'purpose',
    has: ({ purpose }) => (purpose ?? []).length > 0,
    match: ({ purpose }, asked) => whether((purpose ?? []).some(({ code }) => serves(asked.purpose, code))),
  },
  {
    narrows: 'label',
    has: ({ securityLabel }) => (securityLabel ?? []).length > 0,
    match: ({ securityLabel, type }, _asked, facet) =>
      whether((securityLabel ?? []).some(({ code }) => facet.isSpokenOfBy(code ?? '', type ?? 'permit'))),
  },
  {
    narrows: 'subject',
    has: (provision) => (provision.class ?? []).length > 0,
    match: (provision, asked) => some((provision.class ?? []).map((each) => isOfClass(each, asked))),
  },
  {
    narrows: 'subject',
    has: ({ code }) => (code ?? []).length > 0,
    match: ({ code }, { resource }) =>
      whether(
        (code ?? []).some(({ coding }) =>
          (coding ?? []).some(({ system, code: value }) => resource.codes.includes(`${system ?? ''}|${value}`)),
        ),
      ),
  },
  {
    narrows: 'subject',
    has: ({ data }) => (data ?? []).length > 0,
    match: ({ data }, asked) => some((data ?? []).map((each) => isData(each, asked))),
  },
];

/** Whether the conditions of a provision hold. Pure. */
export function conditionsHold(provision: ConsentProvision, asked: Disclosure, facet: Facet): Match {
  return every(CONDITIONS.filter(({ has }) => has(provision)).map(({ match }) => match(provision, asked, facet)));
}

/** By what it is narrowed. Pure. */
export function narrowingsOf(provision: ConsentProvision): Narrowing[] {
  return CONDITIONS.flatMap(({ narrows, has }) => (narrows && has(provision) ? [narrows] : []));
}

/** Whether a provision names the very resource. Pure. */
export function namesResource({ data }: ConsentProvision, { resource }: Disclosure): boolean {
  return (data ?? []).some(({ reference }) => reference?.reference === `${resource.type}/${resource.id}`);
}

/** Whether a provision names the recipient itself, not a class it belongs to. Pure. */
export function namesRecipient({ actor }: ConsentProvision, { recipient }: Disclosure): boolean {
  return recipientsIn(actor).some(({ reference }) => reference?.reference === organization(recipient.organizationId));
}

/** Using and correcting is not being told. @see http://terminology.hl7.org/CodeSystem/consentaction */
const DISCLOSING: ReadonlySet<string> = new Set(['disclose', 'access']);

/** Roles of those from whom it comes; all others are of those to whom it goes. @see http://terminology.hl7.org/CodeSystem/v3-ParticipationType */
const SOURCES: ReadonlySet<string> = new Set(['CST', 'AUT', 'INF', 'SOURCE']);

/** The class of those who treat the client. @see http://terminology.hl7.org/CodeSystem/v3-RoleClass */
export const TREATING_PROVIDERS = 'PROV';

function recipientsIn(actor: readonly ConsentProvisionActor[] | undefined): ConsentProvisionActor[] {
  return (actor ?? []).filter((each) => !isSource(each));
}

function isSource({ role }: ConsentProvisionActor): boolean {
  return (role?.coding ?? []).some(({ code }) => SOURCES.has(code ?? ''));
}

/** A class is named by a role alone: there is nothing it refers to. */
function isRecipient({ role, reference }: ConsentProvisionActor, { recipient }: Disclosure): Match {
  if (reference?.reference !== undefined) {
    if (!reference.reference.startsWith('Organization/')) return 'unknown';
    return whether(reference.reference === organization(recipient.organizationId));
  }
  const isTreating = (role?.coding ?? []).some(({ code }) => code === TREATING_PROVIDERS);
  return isTreating ? whether(recipient.types.includes(TREATING_PROVIDERS)) : 'unknown';
}

function isAuthor({ reference }: ConsentProvisionActor, { resource }: Disclosure): Match {
  if (resource.author === undefined || !reference?.reference?.startsWith('Organization/')) return 'unknown';
  return whether(reference.reference === organization(resource.author));
}

function isOfClass({ system, code }: Coding, { resource }: Disclosure): Match {
  if (system === undefined || /\/(resource-types|fhir-types|defined-types)$/.test(system))
    return whether(code === resource.type);
  return resource.codes.includes(`${system}|${code}`) ? 'yes' : 'unknown';
}

function isData(
  { meaning, reference }: NonNullable<ConsentProvision['data']>[number],
  { resource }: Disclosure,
): Match {
  if (reference?.reference === `${resource.type}/${resource.id}`) return 'yes';
  if (meaning === 'authoredby')
    return resource.author === undefined ? 'unknown' : whether(reference?.reference === organization(resource.author));
  // What else is related to an instance, or depends on it, is not looked up.
  return meaning === 'instance' ? 'no' : 'unknown';
}

function codesIn(concepts: readonly CodeableConcept[] | undefined): string[] {
  return (concepts ?? []).flatMap(({ coding }) => (coding ?? []).flatMap(({ code }) => code ?? []));
}

function organization(id: string): string {
  return `Organization/${id}`;
}
