import type { Provenance, ProvenanceAgent } from '@medplum/fhirtypes';
import { PERSON_SYSTEM } from '../audit/account-events.ts';
import type { Caller } from '../caller.ts';
import { TYPES_FOR_EVERYBODY } from '../sharing/readers.ts';
import type { FinishRule } from '../store/transact.ts';
import { BY_HUB, type Change } from '../store/unit-of-work.ts';

/** Not about care: directories and definitions, how partners are reached, and what is said about other resources. */
const NOT_ABOUT_CARE: ReadonlySet<string> = new Set([
  ...TYPES_FOR_EVERYBODY,
  'Endpoint',
  'Subscription',
  'AuditEvent',
  'Provenance',
]);

const SYSTEMS = {
  participant: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
  operation: 'http://terminology.hl7.org/CodeSystem/v3-DataOperation',
};

const PROFILE = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-provenance';

/** @see https://terminology.hl7.org/CodeSystem-v3-DataOperation.html */
export type Activity = 'CREATE' | 'UPDATE' | 'DELETE';

/**
 * Notes, in the transaction of a partner's changes, which versions the partner made: one Provenance for what it created,
 * one for what it updated, one for what it deleted. They are the hub's, so that no partner changes what is said of it.
 * What a Provenance of the same transaction is about is left to that. What a partner keeps for itself alone has one by and
 * by, made of the audit (see `makeProvenance`).
 * @param concernsOthers whether a change is of the work between organizations, whoever may read it
 * @see https://hl7.org/fhir/us/core/STU7/StructureDefinition-us-core-provenance.html
 */
export function provenanceOfPartners(concernsOthers: (change: Change) => boolean): FinishRule {
  return async (unit) => {
    if (unit.caller.kind !== 'client') return;
    const ofCare = unit.changes.filter(isOfCare);
    // What comes with a referral belongs to it.
    const all = ofCare.some(concernsOthers);
    const told = targetsSaid(unit.changes);
    const made = ofCare.filter(({ type, id }) => !told.has(`${type}/${id}`) && (all || unit.concernsOthers(type, id)));
    for (const [activity, targets] of Map.groupBy(made, activityOf)) {
      const said = saidOf(activity, targets.map(versionOf), unit.now, authorFrom(unit.caller));
      await unit.create<Provenance>({ id: unit.newId(), ...said }, BY_HUB);
    }
  };
}

function isOfCare({ type, before, after, byHub }: Change): boolean {
  return !byHub && before !== after && !NOT_ABOUT_CARE.has(type);
}

/** What the transaction says itself where it comes from. */
function targetsSaid(changes: readonly Change[]): ReadonlySet<string> {
  const provenances = changes.flatMap(({ type, after }) =>
    type === 'Provenance' && after ? [after as Provenance] : [],
  );
  const targets = provenances.flatMap(({ target }) => target);
  return new Set(targets.map(({ reference }) => (reference ?? '').replace(/\/_history\/.*$/, '')));
}

function activityOf({ before, after }: Change): Activity {
  if (!after) return 'DELETE';
  return before ? 'UPDATE' : 'CREATE';
}

/** A Provenance of versions (`Type/id/_history/version`). Pure. @param recorded when they were made */
export function saidOf(
  activity: Activity,
  versions: readonly string[],
  recorded: Date,
  agent: ProvenanceAgent,
): Provenance {
  return {
    resourceType: 'Provenance',
    meta: { profile: [PROFILE] },
    target: versions.map((reference) => ({ reference })),
    recorded: recorded.toISOString(),
    activity: { coding: [{ system: SYSTEMS.operation, code: activity }] },
    agent: [agent],
  };
}

/** The version that was made, or that was the last one. */
function versionOf({ type, id, before, after }: Change): string {
  return `${type}/${id}/_history/${(after ?? before)?.meta?.versionId}`;
}

/** The person or the program, for its organization. */
export function authorFrom({
  organizationId,
  clientId,
  personId,
}: Pick<Caller, 'organizationId' | 'clientId' | 'personId'>): ProvenanceAgent {
  const type = { coding: [{ system: SYSTEMS.participant, code: 'author' }] };
  const organization = { reference: `Organization/${organizationId}` };
  if (personId) {
    const identifier = { system: PERSON_SYSTEM, value: personId };
    return { type, who: { type: 'Practitioner', identifier }, onBehalfOf: organization };
  }
  if (!clientId) return { type, who: organization };
  return { type, who: { type: 'Device', identifier: { value: clientId } }, onBehalfOf: organization };
}
