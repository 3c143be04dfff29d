import type { Bundle, CarePlan, Procedure, Resource, Task } from '@medplum/fhirtypes';
import { buildReferral } from '../partners/referrals/referral.ts';
import { call, done, found } from '../support/api.ts';
import type { TestHub } from '../support/hub.ts';
import { type Partner, referralBundle, sendReferral } from '../support/network.ts';
import { type Hook, subscribe } from '../support/subscriber.ts';
import { CODES, FOOD } from './operations/food-questionnaire.ts';
import { output, parameters } from './operations/operation-calls.ts';
import { PANTRY, PROGRAMME } from './operations/plans.ts';

const JSON_BODY = { 'content-type': 'application/json' };
const SDOHCC_CODES = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
const SDOHCC_PROCEDURE = 'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-Procedure';

/** Who takes part in the flows. */
export interface Cast {
  readonly hub: TestHub;
  readonly hospital: Partner;
  /** The agencies that are asked, in this order. */
  readonly agencies: readonly [Partner, Partner];
}

type Stored<T extends Resource> = T & { id: string };

async function legOf({ hub }: Cast, rootId: string, owner: Partner): Promise<Stored<Task>> {
  const legs = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${rootId}`));
  const leg = legs.find((each) => each.owner?.reference === `Organization/${owner.id}`);
  if (!leg) throw new Error(`${owner.name} was not asked`);
  return leg;
}

async function work({ hub }: Cast, owner: Partner, id: string, change: Partial<Task>): Promise<void> {
  const { token } = owner;
  const { body } = await call<Task>('GET', `${hub.fhir}/Task/${id}`, { token });
  await done(call('PUT', `${hub.fhir}/Task/${id}`, { token, body: { ...body, ...change } }));
}

/** What was done, as an agency reports it. */
async function report({ hub }: Cast, owner: Partner, leg: Task): Promise<void> {
  const body = {
    resourceType: 'Procedure',
    meta: { profile: [SDOHCC_PROCEDURE] },
    status: 'completed',
    category: { coding: [{ system: SDOHCC_CODES, code: 'food-insecurity' }] },
    code: { coding: [{ system: 'http://snomed.info/sct', code: '467771000124109' }], text: 'Pantry application' },
    subject: leg.for,
    performedDateTime: '2026-03-03',
    basedOn: [leg.focus],
  } as Procedure;
  await done(call('POST', `${hub.fhir}/Procedure`, { token: owner.token, body }));
}

/** A hospital's whole referral: one agency declines, the next works it to its outcome. */
export async function referralToItsOutcome(cast: Cast): Promise<void> {
  const { hub, hospital, agencies } = cast;
  const { bundle } = buildReferral({ number: 1, run: 'emitted', hospitalId: hospital.id });
  const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
  const rootId = answer.entry
    ?.map(({ response }) => /^Task\/([^/]+)/.exec(response?.location ?? '')?.[1])
    .find(Boolean);
  const [first, second] = agencies;
  const declined = await legOf(cast, rootId as string, first);
  await work(cast, first, declined.id, { status: 'rejected', statusReason: { text: 'No capacity this month' } });
  const leg = await legOf(cast, rootId as string, second);
  await work(cast, second, leg.id, { status: 'accepted' });
  await work(cast, second, leg.id, { status: 'in-progress' });
  await report(cast, second, leg);
  await work(cast, second, leg.id, { status: 'completed' });
}

/** A referral that its sender takes back. */
export async function referralTakenBack(cast: Cast): Promise<void> {
  const { hub, hospital } = cast;
  const rootId = await sendReferral(hub, hospital);
  await work(cast, hospital, rootId, { status: 'cancelled', statusReason: { text: 'Moved away' } });
}

/** One whose code is the hospital's own: nothing made of it may claim to have a published one. */
export async function referralByOwnCode({ hub, hospital }: Cast): Promise<void> {
  const bundle = referralBundle(hospital, { identifier: 'own-code' });
  const request = bundle.entry?.[1]?.resource as { code?: object };
  request.code = { coding: [{ system: 'https://hospital.example/codes', code: 'pantry' }], text: 'Pantry' };
  await done(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
}

/** A plan for a client, of which one activity is sent, done and reported. */
export async function planToItsOutcome(cast: Cast): Promise<void> {
  const { hub, agencies } = cast;
  const patient = await add(cast, { resourceType: 'Patient', name: [{ text: 'x' }] });
  const made = await call<{ id: string; activities: { id: string }[] }>('POST', `${hub.url}/api/plans`, {
    headers: JSON_BODY,
    body: planFor(patient.id),
  });
  const { id, activities } = made.body;
  const sent = await call<{ loopId: string }>(
    'POST',
    `${hub.url}/api/plans/${id}/activities/${activities[0]?.id}/send`,
  );
  const [agency] = agencies;
  const leg = await legOf(cast, sent.body.loopId, agency);
  await work(cast, agency, leg.id, { status: 'accepted' });
  await report(cast, agency, leg);
  await work(cast, agency, leg.id, { status: 'completed' });
}

function planFor(clientId: string): object {
  return {
    clientId,
    title: 'Eating well again',
    start: '2026-03-02',
    needs: [{ text: 'Not enough to eat by the end of the month' }],
    goals: [{ text: 'I want a full fridge', due: '2026-05-01', needs: [0] }],
    activities: [
      {
        text: 'Pantry application',
        responsible: { kind: 'any-matching-service' },
        service: { system: SDOHCC_CODES, code: 'food-insecurity' },
        due: '2026-03-10',
        goals: [0],
      },
    ],
  };
}

/** A programme that is applied to somebody, and a questionnaire whose answers become observations: both are stored. */
export async function programmeAndAnswers(cast: Cast): Promise<void> {
  const { hub } = cast;
  const patient = await add(cast, { resourceType: 'Patient', name: [{ text: 'y' }], birthDate: '1980-01-01' });
  for (const definition of [FOOD, PANTRY, PROGRAMME]) await add(cast, definition);
  const applied = await done<CarePlan>(
    call('POST', `${hub.fhir}/PlanDefinition/$apply`, {
      body: parameters({ subject: `Patient/${patient.id}`, canonical: { valueCanonical: PROGRAMME.url as string } }),
    }),
  );
  await add(cast, applied);
  const answers = await add(cast, {
    resourceType: 'QuestionnaireResponse',
    questionnaire: FOOD.url as string,
    status: 'completed',
    authored: '2026-03-01T10:00:00Z',
    subject: { reference: `Patient/${patient.id}` },
    item: [
      { linkId: 'questions', item: [{ linkId: 'worry', answer: [{ valueCoding: { system: CODES, code: 'often' } }] }] },
    ],
  });
  const extracted = await call('POST', `${hub.fhir}/QuestionnaireResponse/${answers.id}/$extract`);
  await done(call('POST', hub.fhir, { body: output<Bundle>(extracted, 'return') }));
}

async function add<T extends Resource>({ hub }: Cast, resource: T): Promise<Stored<T>> {
  return done<T>(call('POST', `${hub.fhir}/${resource.resourceType}`, { body: resource }));
}

/** A subscriber that is told of every Task. */
export async function subscriber({ hub, hospital }: Cast, hook: Hook): Promise<void> {
  await subscribe(hub, hospital, hook.url, { filters: [`Task?requester=Organization/${hospital.id}`] });
}

/** A client that the hospital keeps for itself: entered, corrected, deleted. */
export async function keepAndDelete({ hub, hospital: { token } }: Cast): Promise<void> {
  const body = { resourceType: 'Patient', name: [{ text: 'z' }], gender: 'other' };
  const patient = await done<Resource>(call('POST', `${hub.fhir}/Patient`, { token, body }));
  const at = `${hub.fhir}/Patient/${patient.id}`;
  await done(call('PUT', at, { token, body: { ...patient, active: false } }));
  await done(call('DELETE', at, { token }));
}
