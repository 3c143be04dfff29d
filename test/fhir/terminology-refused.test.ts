import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Parameters, ParametersParameter } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const STATUS = 'http://hl7.org/fhir/ValueSet/task-status';
const PETS = 'https://agency.example/pets';

const parameters = (...parameter: ParametersParameter[]): Parameters => ({ resourceType: 'Parameters', parameter });

describe.each(databaseKinds())('questions about terminology that have no answer (%s):', (kind) => {
  let hub: TestHub;
  let stored: { id: string };
  const get = (path: string): Promise<Answer> => call('GET', `${hub.fhir}/${path}`);
  const post = (path: string, body: unknown): Promise<Answer> => call('POST', `${hub.fhir}/${path}`, { body });
  const validate = (query: string): Promise<Answer> => get(`ValueSet/$validate-code?${query}`);

  beforeAll(async () => {
    hub = await startHub(kind);
    const concept = [{ code: 'dog' }];
    const system = { resourceType: 'CodeSystem', status: 'active', url: PETS, content: 'complete', concept };
    await done(post('CodeSystem', system));
    const compose = { include: [{ system: PETS }] };
    stored = await done(post('ValueSet', { resourceType: 'ValueSet', status: 'active', url: 'urn:pets', compose }));
  });
  afterAll(() => hub?.close());

  const nested = { resourceType: 'ValueSet', compose: { include: [{ concept: 'x' }] } };
  test.each<[string, () => Promise<Answer>, number, string, string]>([
    [
      'an unknown value set',
      () => get('ValueSet/$expand?url=urn:x'),
      404,
      'not-found',
      'No value set of this address is known here. Check the address and its version, or store the ValueSet first.',
    ],
    [
      'an unknown code system',
      () => get('CodeSystem/$lookup?system=urn:x&code=y'),
      404,
      'not-found',
      'No code system of this address is known here. Check the address and its version, or store the CodeSystem first.',
    ],
    [
      'an unknown code',
      () => get(`CodeSystem/$lookup?system=${PETS}&code=wolf`),
      404,
      'not-found',
      'The code system has no such code.',
    ],
    [
      'an unknown map',
      () => get('ConceptMap/$translate?url=urn:x&system=a&code=b'),
      404,
      'not-found',
      'No map of this address is known here. Check the address and its version, or store the ConceptMap first.',
    ],
    [
      'SNOMED CT',
      () => get('ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/encounter-reason'),
      422,
      'not-supported',
      'The codes of this value set cannot be listed here: not every code of a code system it draws on is known here (http://snomed.info/sct). Store what is missing here, or ask a terminology server that has it.',
    ],
    [
      'a code of SNOMED CT',
      () => validate('url=http://hl7.org/fhir/ValueSet/encounter-reason&system=http://snomed.info/sct&code=1'),
      422,
      'not-supported',
      'Whether the code is in this value set cannot be told here: it draws on a code system that is not known in full. Ask a terminology server that has it.',
    ],
    [
      'no value set',
      () => get('ValueSet/$expand'),
      400,
      'invalid',
      'Name one value set: by url, as valueSet, or by calling the operation on it.',
    ],
    [
      'two codes',
      () =>
        post(
          `ValueSet/${stored.id}/$validate-code`,
          parameters({ name: 'code', valueCode: 'a' }, { name: 'coding', valueCoding: { system: 'a', code: 'b' } }),
        ),
      400,
      'invalid',
      'Name one code: by code and system, as coding, or as codeableConcept.',
    ],
    [
      'a code of no system',
      () => validate(`url=${STATUS}&code=requested`),
      400,
      'invalid',
      'Name the code system of the code by system.',
    ],
    [
      'a count that is none',
      () => get(`ValueSet/$expand?url=${STATUS}&count=-1`),
      400,
      'invalid',
      'The parameter "count" must be a whole number, 0 or more.',
    ],
    [
      'a parameter twice',
      () => get(`ValueSet/$expand?url=${STATUS}&url=${STATUS}`),
      400,
      'invalid',
      'Give the parameter "url" once.',
    ],
    [
      'a parameter that is not served',
      () => get(`ConceptMap/$translate?date=2026&url=${STATUS}`),
      400,
      'not-supported',
      'The parameter "date" is not served here. There are: url, conceptMap, conceptMapVersion, code, system, display, coding, codeableConcept, targetsystem, reverse.',
    ],
    [
      'a value set that is none',
      () => post('ValueSet/$expand', nested),
      400,
      'invalid',
      'The value set is not valid FHIR R4. Ask ValueSet/$validate what is wrong with it.',
    ],
  ])('%s is refused', async (_name, ask, status, code, text) => {
    const answer = await ask();
    expect([answer.status, texts(answer)]).toEqual([status, [text]]);
    expect(answer.body).toMatchObject({ issue: [{ code }] });
  });
});
