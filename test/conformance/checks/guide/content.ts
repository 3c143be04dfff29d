import type { HealthcareService, Observation, Resource } from '@medplum/fhirtypes';
import { definitions } from '../../examples/definitions.ts';
import { surroundingsOf } from '../../examples/example.ts';
import type { Verdict } from '../../requirement.ts';
import { isOutcome, type Kept } from '../../server/answer.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';
import { missingFrom } from '../rest/compare.ts';
import { placed, profiled, publishedExamples } from './profiles.ts';

const SDOHCC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition';
const ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';

/** Every published example is taken and read back whole: what must be supported is stored and sent. */
export async function keepsExamples(server: Server): Promise<Verdict> {
  const examples = publishedExamples();
  for (const example of examples) {
    const around = await surroundingsOf(server, (each) => placed(example, each));
    const sent = placed(example, around);
    const { id } = await server.create(sent);
    const { json } = await server.call('GET', `${sent.resourceType}/${id}`);
    const missing = missingFrom(json, sent, sent.resourceType);
    require(missing.length === 0, `A published example is read back without ${missing[0]}.`);
  }
  return pass(`All ${examples.length} published examples were taken and read back whole.`);
}

/** What breaks a profile it claims is refused. @param spoil makes of a valid resource one that is not */
function refusesBroken<T extends Resource>(
  profile: string,
  what: string,
  spoil: (valid: T) => unknown,
): (server: Server) => Promise<Verdict> {
  return async (server) => {
    const url = `${SDOHCC}/${profile}`;
    const valid = (await profiled(server, definitions().structure(url)?.type ?? '', url)) as T;
    await server.create(valid);
    const answer = await server.call('POST', valid.resourceType, { body: spoil(valid) });
    if (answer.status === 201) await server.call('DELETE', `${valid.resourceType}/${(answer.json as Kept).id}`);
    requireStatus(answer, [400, 422], `POST of ${what} that claims the profile ${profile}`);
    require(isOutcome(answer), 'It was refused without an OperationOutcome.');
    return pass(`${what} that claims the profile ${profile} was refused; a valid one was taken.`);
  };
}

export const needsTwoCategories = refusesBroken<Observation>(
  'SDOHCC-ObservationScreeningResponse',
  'a screening response that is no survey',
  ({ category, ...rest }) => ({ ...rest, category: category?.slice(1) }),
);

export const needsCapacity = refusesBroken<HealthcareService>(
  'SDOHCC-HealthcareServiceForReferralManagement',
  'a service without its capacity status',
  ({ extension: _capacity, ...rest }) => rest,
);

export const needsCategory = refusesBroken(
  'SDOHCC-Condition',
  'a condition without a category',
  ({ category: _category, ...rest }: Resource & { category?: unknown }) => rest,
);

/** Elements that must be there are not replaced by an extension that says why they are not. */
export const needsElements = refusesBroken(
  'SDOHCC-TaskForReferralManagement',
  'a referral Task without the person it is for',
  ({ for: _for, ...rest }: Resource & { for?: unknown }) => rest,
);

/** What was not sent is not made up. */
export async function addsNothing(server: Server): Promise<Verdict> {
  const { id } = await server.create({ resourceType: 'Patient', name: [{ family: 'Example' }] });
  const { json } = await server.call('GET', `Patient/${id}`);
  const added = Object.keys(json as object).filter(
    (name) => !['resourceType', 'id', 'meta', 'name', 'text'].includes(name),
  );
  require(added.length === 0, `A server adds ${added.join(', ')} to a Patient that was sent without.`);
  return pass('A resource with one element was read back without any other.');
}

/** What is asserted to be missing is kept as such. */
export async function keepsAbsence(server: Server): Promise<Verdict> {
  const reason = { extension: [{ url: ABSENT, valueCode: 'asked-declined' }] };
  const patient = { resourceType: 'Patient', name: [{ family: 'Example' }], _birthDate: reason } as unknown as Resource;
  const { id } = await server.create(patient);
  const subject = { reference: `Patient/${id}` };
  const observation: Observation = {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'Example' },
    subject,
    dataAbsentReason: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'asked-declined' }],
    },
  };
  for (const [sent, kept] of [
    [patient, id],
    [observation, (await server.create(observation)).id],
  ] as const) {
    const { json } = await server.call('GET', `${sent.resourceType}/${kept}`);
    const missing = missingFrom(json, sent, sent.resourceType);
    require(missing.length === 0, `What is asserted to be missing is lost: ${missing.join(', ')}.`);
  }
  return pass('Reasons why data are absent were taken and read back, as extension and as element.');
}
