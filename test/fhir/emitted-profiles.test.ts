import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Provenance, Resource } from '@medplum/fhirtypes';
import { makeProvenance } from '../../src/fhir/audit/provenance/make-provenance.ts';
import { findProfile } from '../../src/fhir/validate/profiles/known-profiles.ts';
import { examine } from '../../src/fhir/validate/validate.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner } from '../support/network.ts';
import { type Hook, openHook } from '../support/subscriber.ts';
import {
  type Cast,
  keepAndDelete,
  planToItsOutcome,
  programmeAndAnswers,
  referralByOwnCode,
  referralTakenBack,
  referralToItsOutcome,
  subscriber,
} from './emitted-flows.ts';
import { BACKPORT, isPublishedHere, SDOHCC, US_CORE } from './published.ts';

const WITH_PUBLISHED = isPublishedHere ? { PROFILES_DIR: `${SDOHCC},${US_CORE},${BACKPORT}` } : {};
const LEG = 'https://careloop.dev/fhir/StructureDefinition/referral-leg';
const HUB = 'Organization/careloop';

/** What stands in the store under each type, and what it claims: all that the flows make, and no more. */
const EXPECTED = [
  'ActivityDefinition -',
  'CarePlan -',
  'CarePlan us-core-careplan',
  'Condition SDOHCC-Condition',
  'Condition us-core-condition-problems-health-concerns',
  'Consent SDOHCC-Consent',
  'Goal SDOHCC-Goal',
  'HealthcareService -',
  'Observation -',
  'Observation SDOHCC-ObservationScreeningResponse',
  'Organization -',
  'Patient -',
  'Patient us-core-patient|7.0.0',
  'PlanDefinition -',
  'Procedure SDOHCC-Procedure',
  'Provenance us-core-provenance',
  'Questionnaire -',
  'QuestionnaireResponse -',
  'ServiceRequest -',
  'ServiceRequest SDOHCC-ServiceRequest',
  'ServiceRequest us-core-servicerequest',
  'Subscription -',
  'Task -',
  'Task SDOHCC-TaskForReferralManagement',
];

describe.each(databaseKinds())('what the hub makes conforms to what it claims (%s):', (kind) => {
  let hub: TestHub;
  let hook: Hook;
  let cast: Cast;
  /** Every version of every resource that the flows left, once each. */
  let made: Resource[];
  beforeAll(async () => {
    hub = await startHub(kind, { settings: WITH_PUBLISHED, workers: true });
    hook = await openHook();
    const hospital = await addPartner(hub, 'St. Anna Hospital');
    const first = await addPartner(hub, 'Bread First', { category: 'food-insecurity' });
    const second = await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
    cast = { hub, hospital, agencies: [first, second] };
    await subscriber(cast, hook);
    await referralToItsOutcome(cast);
    await referralTakenBack(cast);
    await referralByOwnCode(cast);
    await planToItsOutcome(cast);
    await programmeAndAnswers(cast);
    await keepAndDelete(cast);
    await makeProvenance(hub.deps.store);
    made = await versions();
  }, 120_000);
  afterAll(async () => {
    await hub?.close();
    await hook?.close();
  });

  const versions = async (): Promise<Resource[]> => {
    const rows = await hub.deps.db.query<{ content: Resource }>(
      'SELECT content FROM resource_version WHERE NOT deleted ORDER BY type, id, version',
    );
    return rows.map(({ content }) => content);
  };
  const ofType = (type: string): Resource[] => made.filter(({ resourceType }) => resourceType === type);
  const faults = (resource: Resource, profiles: readonly string[] = []): string[] =>
    examine(resource, profiles)
      .findings.filter(({ severity }) => severity === 'error')
      .map(({ expression, text }) => `${expression}: ${text}`);

  (isPublishedHere ? test : test.skip)('the flows leave what they are expected to leave', () => {
    const seen = made.flatMap(({ resourceType, meta }) =>
      (meta?.profile ?? ['-']).map((url) => `${resourceType} ${url.slice(url.lastIndexOf('/') + 1)}`),
    );
    expect([...new Set(seen)].sort()).toEqual(EXPECTED);
  });

  test('the profiles that are claimed are those that are checked here', () => {
    const claimed = new Set(made.flatMap(({ meta }) => meta?.profile ?? []));
    if (isPublishedHere) expect([...claimed].filter((url) => !findProfile(url))).toEqual([]);
  });

  test('every version of everything conforms', () => {
    expect(made.length).toBeGreaterThan(60);
    expect(made.flatMap((each) => faults(each).map((text) => `${each.resourceType}/${each.id}: ${text}`))).toEqual([]);
    const claiming = Map.groupBy(made, ({ meta }) => (meta?.profile ? 'claims' : 'does not'));
    expect(claiming.get('claims')?.length).toBeGreaterThan(30);
  });

  test('the Provenances are those written with a change, and those made of the audit', () => {
    const seen = ofType('Provenance').map((each) => {
      const { id, activity } = each as Provenance;
      return `${id?.startsWith('change-') ? 'made' : 'written'} ${activity?.coding?.[0]?.code}`;
    });
    expect(new Set(seen)).toEqual(
      new Set(['written CREATE', 'written UPDATE', 'made CREATE', 'made UPDATE', 'made DELETE']),
    );
  });

  test('the legs are legs, of each outcome', () => {
    const legs = ofType('Task').filter((each) => 'partOf' in each && each.partOf);
    const states = new Set(legs.map((each) => (each as { status?: string }).status));
    expect([...states].sort()).toEqual(['accepted', 'cancelled', 'completed', 'in-progress', 'rejected', 'requested']);
    expect(legs.flatMap((leg) => faults(leg, [LEG]))).toEqual([]);
  });

  test('the hub’s own orders claim the SDOHCC profile where their code lets them, and only there', () => {
    const orders = ofType('ServiceRequest').filter((each) => 'intent' in each && each.intent === 'filler-order');
    const byHub = orders as (Resource & { code?: { coding?: { system?: string }[] }; requester?: object })[];
    expect(byHub.map(({ requester }) => requester)).toEqual(byHub.map(() => ({ reference: HUB })));
    const claims = byHub.map(({ code, meta }) => [
      code?.coding?.[0]?.system ?? 'text',
      (meta?.profile ?? []).some((url) => url.endsWith('/SDOHCC-ServiceRequest')),
    ]);
    expect([...new Set(claims.map((each) => each.join()))].sort()).toEqual([
      'http://snomed.info/sct,true',
      'https://hospital.example/codes,false',
      'text,false',
    ]);
  });

  test('the notifications conform', async () => {
    await eventually(() => expect(hook.seen.length).toBeGreaterThan(3));
    const bundles = hook.seen.map(({ bundle }) => bundle as Resource);
    expect(bundles.flatMap((each) => faults(each))).toEqual([]);
    expect(new Set(bundles.map(({ meta }) => meta?.profile?.[0]?.replace(/.*\//, '')))).toEqual(
      new Set(['backport-subscription-notification-r4']),
    );
  });
});
