import { randomUUID } from 'node:crypto';
import type { CapabilityStatement } from '@medplum/fhirtypes';
import type { Verdict } from '../requirement.ts';
import { ask, bundleIn } from '../server/answer.ts';
import type { Server } from '../server/server.ts';
import { notApplicable, pass, require, requireStatus } from '../verdict.ts';
import { asProgram, callWith, PATIENTS, tokenOf } from './program.ts';

const EVERYTHING = 'system/*.rs';

/** Who presents nothing, or what is no token, is told nothing. */
export async function refusesStrangers(server: Server): Promise<Verdict> {
  requireStatus(await ask('GET', `${server.base}/Patient`, {}), [401], 'GET Patient without a token');
  const headers = { authorization: `Bearer ${randomUUID()}` };
  requireStatus(await ask('GET', `${server.base}/Patient`, { headers }), [401], 'GET Patient with no good token');
  return pass('Who presents no token, or none that is good, is answered 401.');
}

/** What a guide's statement asks for: SMART in the metadata, and closed doors. */
export async function isGuarded(server: Server): Promise<Verdict> {
  const { rest } = (await server.call('GET', 'metadata')).json as CapabilityStatement;
  const services = (rest?.[0]?.security?.service ?? []).flatMap(({ coding }) => coding ?? []);
  require(services.some(({ code }) => code === 'SMART-on-FHIR'), 'The metadata does not say SMART-on-FHIR.');
  await refusesStrangers(server);
  return pass('The metadata says SMART-on-FHIR, and who presents no good token is answered 401.');
}

export const letsWhatIsGranted = asProgram(async (server, program) => {
  requireStatus(
    await callWith(server, program, PATIENTS, 'GET', 'Patient?_count=1'),
    [200],
    `GET Patient (${PATIENTS})`,
  );
  return pass('A token let do what its scope says.');
});

export const letsReadAll = asProgram(async (server, program) => {
  const { access_token: token } = await tokenOf(server, program, EVERYTHING);
  const headers = { authorization: `Bearer ${String(token)}` };
  for (const type of ['Patient', 'Task', 'Organization']) {
    requireStatus(await server.call('GET', `${type}?_count=1`, { headers }), [200], `GET ${type} (${EVERYTHING})`);
  }
  return pass('A token for every type let read each type.');
});

export const refusesWhatIsNot = asProgram(async (server, program) => {
  requireStatus(await callWith(server, program, PATIENTS, 'GET', 'Task?_count=1'), [403], `GET Task (${PATIENTS})`);
  const body = { resourceType: 'Patient', active: true };
  requireStatus(
    await callWith(server, program, PATIENTS, 'POST', 'Patient', body),
    [403],
    `POST Patient (${PATIENTS})`,
  );
  return pass('What the scope of a token does not cover is answered 403.');
});

export const refusesWhatThereIsNot = asProgram(async (server, program) => {
  const asked = 'GET of a type that there is not';
  requireStatus(await callWith(server, program, EVERYTHING, 'GET', 'ConformanceNonsense'), [400, 404], asked);
  return pass('What there is not is refused.');
});

/** The older form: `read` reads and searches, and does not write. */
export const readsOlderScopes = asProgram(async (server, program) => {
  const older = 'system/Patient.read';
  requireStatus(await callWith(server, program, older, 'GET', 'Patient?_count=1'), [200], `GET Patient (${older})`);
  const body = { resourceType: 'Patient', active: true };
  requireStatus(await callWith(server, program, older, 'POST', 'Patient', body), [403], `POST Patient (${older})`);
  return pass('The older form of a scope means what it means in the newer one.');
});

export const looksIntoBatches = asProgram(async (server, program) => {
  const entry = ['Patient', 'Task'].map((type) => ({ request: { method: 'GET', url: `${type}?_count=1` } }));
  const batch = { resourceType: 'Bundle', type: 'batch', entry };
  const answer = await callWith(server, program, PATIENTS, 'POST', '', batch);
  requireStatus(answer, [200], `POST of a batch (${PATIENTS})`);
  const said = (bundleIn(answer).entry ?? []).map(({ response }) => response?.status?.slice(0, 3));
  require(said[0] === '200', 'An entry of a batch that the scope covers is refused.');
  require(said[1] === '403', 'An entry of a batch that the scope does not cover is carried out.');
  const changes = { ...batch, type: 'transaction' };
  requireStatus(await callWith(server, program, PATIENTS, 'POST', '', changes), [403], 'POST of a transaction like it');
  return pass('Each entry of a batch and a transaction was held against the scope.');
});

export const createsByUpdate = asProgram(async (server, program) => {
  const { rest } = (await server.call('GET', 'metadata')).json as CapabilityStatement;
  const listed = rest?.[0]?.resource?.find(({ type }) => type === 'Basic');
  if (!listed?.updateCreate) return notApplicable('not offered', 'The metadata does not say that updates create.');
  const id = randomUUID();
  const body = { resourceType: 'Basic', id, code: { text: 'conformance' } };
  const answer = await callWith(server, program, 'system/Basic.cu', 'PUT', `Basic/${id}`, body);
  requireStatus(answer, [200, 201], 'PUT of a new Basic (system/Basic.cu)');
  server.keep([`Basic/${id}`]);
  return pass('An update made a resource, as a scope to update lets it.');
});
