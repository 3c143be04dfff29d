import type { Decision, Disclosure, GivenConsent, Ground, Verdict } from './disclosure.ts';
import { type Facet, facetsOf } from './facets.ts';
import { nextBoundary } from './periods.ts';
import type { ConsentPolicy, LabelRule } from './policy.ts';
import { serves } from './purposes.ts';
import { isShownInPart } from './shown.ts';
import { answers, type Said, speak, TREATING_PROVIDERS, type Voided } from './speak.ts';

/**
 * Decides whether something may be disclosed, and says why: which Consent, which provision, which rule of the policy.
 * Each label of it is decided by itself, and all must be permitted. Denials hold unless a later permit takes them back.
 * Pure: it depends on nothing else, and not on the order of the Consents.
 * @see https://hl7.org/fhir/R4/consent.html
 */
export function decide(asked: Disclosure, consents: readonly GivenConsent[], policy: ConsentPolicy): Decision {
  const known = { ...asked, recipient: { ...asked.recipient, types: classesOf(asked, policy) } };
  const facets = facetsOf(asked.resource, policy);
  const mandated = facets.find(({ rule }) => rule?.needs === 'addressed')?.rule;
  if (mandated) return byLaw(mandated, asked);
  const opinions = facets.map((facet) => opinionOn(facet, known, consents, policy));
  const decision = opinions.map(({ verdict }) => verdict).sort(byWeight)[0] ?? 'wait';
  return {
    decision,
    because: unique(opinions.filter(({ verdict }) => verdict === decision).flatMap(({ grounds }) => grounds)),
    until: nextBoundary(
      consents.map(({ consent }) => consent),
      asked.now,
    ),
  };
}

/** What the law has somebody told is neither the client's to permit nor to deny. */
function byLaw({ id, because }: LabelRule, { addressed }: Disclosure): Decision {
  return { decision: addressed ? 'permit' : 'deny', because: [{ rule: id, text: because }], until: undefined };
}

interface Opinion {
  readonly verdict: Verdict;
  readonly grounds: readonly Ground[];
}

const WEIGHT: Readonly<Record<Verdict, number>> = { deny: 0, wait: 1, permit: 2 };

function byWeight(a: Verdict, b: Verdict): number {
  return WEIGHT[a] - WEIGHT[b];
}

/** The class of treating providers is the policy's to tell. */
function classesOf({ recipient }: Disclosure, { treatingProviders }: ConsentPolicy): string[] {
  const isTreating = recipient.types.some((type) => treatingProviders.organizationTypes.includes(type));
  return isTreating ? [TREATING_PROVIDERS] : [];
}

function opinionOn(facet: Facet, asked: Disclosure, consents: readonly GivenConsent[], policy: ConsentPolicy): Opinion {
  const said = consents.flatMap((given) => speak(given, asked, facet));
  const permits = said.filter((each) => each.effect === 'permit' && !each.void);
  const denials = said.filter((each) => each.effect === 'deny' && !permits.some((permit) => answers(permit, each)));
  if (denials.length > 0) return { verdict: 'deny', grounds: denials.map(groundOf) };
  const opinion = facet.rule ? labelled(facet.rule, permits, asked, policy) : ordinary(permits, asked, policy);
  return opinion.verdict === 'wait'
    ? { ...opinion, grounds: [...opinion.grounds, ...said.flatMap(voidGround)] }
    : opinion;
}

const VOID: Readonly<Record<Voided, string>> = {
  'by-recipient':
    'It permits nothing to who wrote it down: nobody permits itself. Have the hub, or who discloses it, enter the consent.',
  'not-verified': 'It was found not to hold when it was last verified.',
};

/** A Consent that somebody would take for the one that is waited for, and why it is not. */
function voidGround({ consent, provision, void: why }: Said): Ground[] {
  return why ? [{ consent, provision, text: VOID[why] }] : [];
}

function ordinary(permits: readonly Said[], asked: Disclosure, { ordinary: rule }: ConsentPolicy): Opinion {
  const ground: Ground = { rule: 'ordinary', text: rule.because };
  if (rule.bases.some((base) => serves(asked.purpose, base))) return { verdict: 'permit', grounds: [ground] };
  if (permits.length > 0) return { verdict: 'permit', grounds: permits.map(groundOf) };
  return { verdict: 'wait', grounds: [{ rule: 'ordinary', text: 'This purpose is no basis: a consent is needed.' }] };
}

function labelled(rule: LabelRule, permits: readonly Said[], asked: Disclosure, policy: ConsentPolicy): Opinion {
  const ground: Ground = { rule: rule.id, text: rule.because };
  const enough = permits.filter((permit) => isEnough(permit, rule));
  if (enough.length > 0) return { verdict: 'permit', grounds: [ground, ...enough.map(groundOf)] };
  const agreement = rule.agreement && policy.agreements.find((each) => covers(each, rule, asked));
  if (agreement) return { verdict: 'permit', grounds: [{ rule: agreement.kind, text: agreement.because }] };
  if (isShownInPart(rule, asked.resource.type))
    return { verdict: 'permit', grounds: [{ rule: rule.id, text: IN_PART }] };
  return { verdict: 'wait', grounds: [ground] };
}

/** Whether what the label is about is not among what others are shown: then it keeps nothing back. */
const IN_PART = 'Others than its author are shown it without what the label is about.';

function isEnough({ recipient, namesLabel }: Said, { needs, naming }: LabelRule): boolean {
  if (naming === 'label' && !namesLabel) return false;
  if (needs === 'permit') return true;
  return recipient === 'named' || (needs === 'named-or-treating' && recipient === 'treating');
}

function covers(
  { organization, labels, with: programme }: ConsentPolicy['agreements'][number],
  rule: LabelRule,
  { recipient, from }: Disclosure,
): boolean {
  if (programme !== undefined && programme !== from) return false;
  return organization === recipient.organizationId && rule.labels.some((label) => labels.includes(label));
}

function groundOf({ effect, consent, provision }: Said): Ground {
  const text = effect === 'deny' ? 'The client denies it.' : 'The client permits it.';
  return { consent, provision, text };
}

/** Each ground once, in one order, whatever the order of the Consents. */
function unique(grounds: readonly Ground[]): Ground[] {
  const byText = new Map(grounds.map((ground) => [JSON.stringify(ground), ground]));
  return [...byText.keys()].sort().flatMap((key) => byText.get(key) ?? []);
}
