import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Observation, OperationOutcome, Patient } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner } from '../support/network.ts';

/** Creates that come in the same moment are written by one statement: each as if it had come alone. */
describe.each(databaseKinds())('creates that come together (%s)', (kind) => {
  let hub: TestHub;
  let [first, second] = ['', ''];
  beforeAll(async () => {
    hub = await startHub(kind);
    [first, second] = [(await addPartner(hub, 'First')).token, (await addPartner(hub, 'Second')).token];
  });
  afterAll(() => hub?.close());

  const patientOf = (token: string): Promise<Patient & { id: string }> =>
    done<Patient>(call('POST', `${hub.fhir}/Patient`, { token, body: { resourceType: 'Patient' } }));
  const observe = async (token: string, patient: string, value: number): Promise<readonly [number, string]> => {
    const body: Observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'How often somebody came' },
      subject: { reference: `Patient/${patient}` },
      valueInteger: value,
    };
    const answer = await call<Observation | OperationOutcome>('POST', `${hub.fhir}/Observation`, { token, body });
    if (answer.body.resourceType === 'Observation')
      return [answer.status, `${answer.body.id} ${answer.body.valueInteger}`];
    return [answer.status, answer.body.issue[0]?.expression?.[0] ?? ''];
  };

  test('are all there, each once, with one entry of the audit', async () => {
    const { id } = await patientOf(first);
    const values = Array.from({ length: 40 }, (_, at) => at);
    const answers = await Promise.all(values.map((value) => observe(first, id, value)));
    expect(answers.map(([status]) => status)).toEqual(values.map(() => 201));
    const stored = await hub.deps.db.query<{ said: string; entries: number }>(
      `SELECT id || ' ' || (content ->> 'valueInteger') AS said,
         (SELECT count(*)::int FROM audit WHERE resource_id = resource.id AND action = 'C') AS entries
       FROM resource WHERE type = 'Observation' AND content #>> '{subject,reference}' = $1`,
      [`Patient/${id}`],
    );
    expect(stored.map(({ said }) => said).sort()).toEqual(answers.map(([, said]) => said).sort());
    expect(stored.map(({ entries }) => entries)).toEqual(values.map(() => 1));
  });

  test('are refused each for its own fault, and the others are written', async () => {
    const [own, others] = [(await patientOf(first)).id, (await patientOf(second)).id];
    const answers = await Promise.all([
      observe(first, own, 1),
      observe(first, 'nobody', 2),
      observe(second, others, 3),
      // Seen by the other program only.
      observe(second, own, 4),
      observe(first, own, 5),
    ]);
    expect(answers.map(([status]) => status)).toEqual([201, 422, 201, 422, 201]);
    expect([answers[1]?.[1], answers[3]?.[1]]).toEqual([
      'Observation.subject.reference',
      'Observation.subject.reference',
    ]);
  });
});
