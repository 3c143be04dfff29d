import type { Consent, ConsentProvision } from '@medplum/fhirtypes';
import { tryDateRange } from '../../fhir/search/date-range.ts';
import {
  conditionsHold,
  type Narrowing,
  namesRecipient,
  namesResource,
  narrowingsOf,
  TREATING_PROVIDERS,
} from './conditions.ts';
import type { Disclosure, GivenConsent } from './disclosure.ts';
import type { Facet } from './facets.ts';

/** What one Consent says of a disclosure. */
export interface Said {
  readonly effect: 'permit' | 'deny';
  readonly consent: string;
  readonly provision: string;
  readonly narrowedBy: ReadonlySet<Narrowing>;
  /** By name, as of the class of treating providers, or not by anything. */
  readonly recipient: 'named' | 'treating' | 'any';
  /** Whether it speaks of the label, or of the very resource. */
  readonly namesLabel: boolean;
  /** When it was given, in ms. */
  readonly at: number;
  /** Why it permits nothing, though it says so. */
  readonly void?: Voided;
}

/** Nobody permits itself, and what was found not to hold permits nothing. */
export type Voided = 'by-recipient' | 'not-verified';

/**
 * What a Consent says of a disclosure; nothing, or one thing for each exception that holds. A nested rule is an exception to the one it stands
 * in; of exceptions that contradict each other the denial holds. Pure.
 * @see https://hl7.org/fhir/R4/consent.html
 */
export function speak({ consent, author }: GivenConsent, asked: Disclosure, facet: Facet): Said[] {
  if (consent.status !== 'active' || !isAboutPrivacy(consent)) return [];
  const said = consent.provision
    ? ruled(consent.provision, baseOf(consent), { path: 'Consent.provision', around: [] }, asked, facet)
    : unconditional(consent, asked);
  const why =
    author === asked.recipient.organizationId ? 'by-recipient' : isVerified(consent) ? undefined : 'not-verified';
  const signed = { consent: `Consent/${consent.id}`, at: timeOf(consent) };
  return said.map((each) => ({ ...each, ...signed, ...(why && each.effect === 'permit' ? { void: why } : {}) }));
}

type Unsigned = Omit<Said, 'consent' | 'at' | 'void'>;
type Effect = Said['effect'];

/** Where a rule stands: its path, and the rules around it. */
interface Place {
  readonly path: string;
  readonly around: readonly ConsentProvision[];
}

function ruled(
  provision: ConsentProvision,
  effect: Effect | undefined,
  { path, around }: Place,
  asked: Disclosure,
  facet: Facet,
): Unsigned[] {
  const holds = conditionsHold(typed(provision, effect), asked, facet);
  const applies = effect === 'permit' ? holds === 'yes' : holds !== 'no';
  if (!applies) return [];
  const chain = [provision, ...around];
  const exceptions = (provision.provision ?? []).flatMap((nested, at) =>
    ruled(nested, nested.type, { path: `${path}.provision[${at}]`, around: chain }, asked, facet),
  );
  const denials = exceptions.filter((each) => each.effect === 'deny');
  if (denials.length > 0) return denials;
  if (exceptions.length > 0) return exceptions;
  return effect ? [sayingOf(effect, path, chain, asked)] : [];
}

function sayingOf(effect: Effect, provision: string, chain: readonly ConsentProvision[], asked: Disclosure): Unsigned {
  const narrowedBy = new Set(chain.flatMap(narrowingsOf));
  const isNamed = chain.some((each) => namesRecipient(each, asked));
  return {
    effect,
    provision,
    narrowedBy,
    recipient: isNamed ? 'named' : narrowedBy.has('recipient') ? 'treating' : 'any',
    namesLabel: narrowedBy.has('label') || chain.some((each) => namesResource(each, asked)),
  };
}

/** How a security label is read depends on what follows from it. */
function typed(provision: ConsentProvision, effect: Effect | undefined): ConsentProvision {
  return effect === undefined ? provision : { ...provision, type: effect };
}

/** What holds where no exception does: what the root says, or the policy it is made under. */
function baseOf({ provision, policyRule }: Consent): Effect | undefined {
  if (provision?.type) return provision.type;
  const codes = (policyRule?.coding ?? []).map(({ code }) => code ?? '');
  if (codes.some((code) => code === 'OPTOUT' || code === 'OPTOUTE')) return 'deny';
  return codes.some((code) => code === 'OPTIN' || code === 'OPTINR') ? 'permit' : undefined;
}

/**
 * A Consent without provisions: it opts out or in, or it is an agreement to disclose to the organizations it names.
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/StructureDefinition-SDOHCC-Consent.html
 */
function unconditional(consent: Consent, asked: Disclosure): Unsigned[] {
  const base = baseOf(consent);
  if (base) return [{ ...GENERAL, effect: base, provision: 'Consent.policyRule' }];
  const recipient = `Organization/${asked.recipient.organizationId}`;
  const places = [
    ['Consent.organization', consent.organization],
    ['Consent.performer', consent.performer],
  ] as const;
  const named = places.find(([, references]) => (references ?? []).some(({ reference }) => reference === recipient));
  if (!named || !isAgreement(consent)) return [];
  return [
    { ...GENERAL, effect: 'permit', provision: named[0], narrowedBy: new Set(['recipient']), recipient: 'named' },
  ];
}

const GENERAL: Omit<Unsigned, 'effect' | 'provision'> = { narrowedBy: new Set(), recipient: 'any', namesLabel: false };

function isAgreement({ category }: Consent): boolean {
  return (category ?? []).some(({ coding }) => (coding ?? []).some(({ code }) => code === 'IDSCL'));
}

function isAboutPrivacy({ scope }: Consent): boolean {
  return (scope?.coding ?? []).some(({ code }) => code === 'patient-privacy');
}

/** What was verified counts, and what nobody has looked at; what was last found wanting does not. */
function isVerified({ verification = [] }: Consent): boolean {
  const last = verification.toSorted((a, b) => (a.verificationDate ?? '').localeCompare(b.verificationDate ?? ''));
  return last.at(-1)?.verified !== false;
}

function timeOf({ dateTime, meta }: Consent): number {
  const range = tryDateRange(dateTime ?? meta?.lastUpdated ?? '');
  return range?.startsAt.getTime() ?? Number.NEGATIVE_INFINITY;
}

/** Whether a permit takes a denial back: given after it, and saying at least as much by which it is narrowed. Pure. */
export function answers(permit: Said, denial: Said): boolean {
  return permit.at > denial.at && [...denial.narrowedBy].every((each) => permit.narrowedBy.has(each));
}

export { TREATING_PROVIDERS };
