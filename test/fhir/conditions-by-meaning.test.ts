import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Bundle, List, Observation, QuestionnaireResponse } from '@medplum/fhirtypes';
import { call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { withInitial } from './operations/food-questionnaire.ts';
import { output, populate, questionnaire } from './operations/operation-calls.ts';

const PETS = 'https://agency.example/pets';
const DOGS = 'https://agency.example/dogs';
const IN_DOGS = `code:in=${DOGS}`;
const BELOW_DOG = `code:below=${PETS}|Dog`;
const JSON_PATCH = { 'content-type': 'application/json-patch+json' };

const observed = (code: string): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: PETS, code }] },
});

describe.each(databaseKinds())(
  'a condition by what codes mean, in value sets and code systems stored here (%s)',
  (kind) => {
    let hub: TestHub;
    let beagle: string;
    beforeEach(async () => {
      hub = await startHub(kind);
      const concept = [{ code: 'Animal', concept: [{ code: 'Dog', concept: [{ code: 'Beagle' }] }, { code: 'Cat' }] }];
      await store({ resourceType: 'CodeSystem', status: 'active', url: PETS, content: 'complete', concept });
      const filter = [{ property: 'concept', op: 'is-a', value: 'Dog' }];
      await store({
        resourceType: 'ValueSet',
        status: 'active',
        url: DOGS,
        compose: { include: [{ system: PETS, filter }] },
      });
      await store(observed('Cat'));
      beagle = await store(observed('Beagle'));
    });
    afterEach(() => hub?.close());

    const at = (path: string): string => `${hub.fhir}/${path}`;
    const store = async (body: object): Promise<string> =>
      (await done(call('POST', at((body as { resourceType: string }).resourceType), { body }))).id;
    const transaction = (...entry: object[]): Promise<Bundle> =>
      done<Bundle>(call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } }));
    const all = async (): Promise<string[]> =>
      found<Observation>(await call('GET', at('Observation')))
        .map(({ status, code }) => `${code?.coding?.[0]?.code} ${status}`)
        .sort();

    test('is met by what a search by it finds: nothing is created', async () => {
      for (const condition of [IN_DOGS, BELOW_DOG]) {
        const headers = { 'if-none-exist': condition };
        const answer = await call<Observation>('POST', at('Observation'), { body: observed('Dog'), headers });
        expect([answer.status, answer.body.id]).toEqual([200, beagle]);
        const request = { method: 'POST', url: 'Observation', ifNoneExist: condition };
        const bundle = await transaction({ request, resource: observed('Dog') });
        expect(bundle.entry?.[0]?.response).toMatchObject({ status: '200', location: expect.stringContaining(beagle) });
      }
      expect(await all()).toEqual(['Beagle final', 'Cat final']);
    });

    test('says what is updated, and what is patched', async () => {
      const body = { ...observed('Beagle'), status: 'amended' };
      const updated = await call<Observation>('PUT', at(`Observation?${IN_DOGS}`), { body });
      expect([updated.status, updated.body.id]).toEqual([200, beagle]);
      expect(await all()).toEqual(['Beagle amended', 'Cat final']);
      const patch = [{ op: 'replace', path: '/status', value: 'corrected' }];
      const patched = await call('PATCH', at(`Observation?code:above=${PETS}|Beagle`), {
        body: patch,
        headers: JSON_PATCH,
      });
      expect(patched.status).toBe(200);
      expect(await all()).toEqual(['Beagle corrected', 'Cat final']);
    });

    test('says what is deleted', async () => {
      expect((await call('DELETE', at(`Observation?${BELOW_DOG}`))).status).toBeLessThan(300);
      expect(await all()).toEqual(['Cat final']);
    });

    test('says what is referred to', async () => {
      const entry = [IN_DOGS, BELOW_DOG].map((each) => ({ item: { reference: `Observation?${each}` } }));
      const resource = { resourceType: 'List', status: 'current', mode: 'working', entry };
      await transaction({ request: { method: 'POST', url: 'List' }, resource });
      const [list] = found<List>(await call('GET', at('List')));
      expect(list?.entry?.map(({ item }) => item.reference)).toEqual([
        `Observation/${beagle}`,
        `Observation/${beagle}`,
      ]);
    });

    test('may be a search within a transaction, and within a questionnaire', async () => {
      const bundle = await transaction({ request: { method: 'GET', url: `Observation?${IN_DOGS}` } });
      expect((bundle.entry?.[0]?.resource as Bundle | undefined)?.entry?.map(({ resource }) => resource?.id)).toEqual([
        beagle,
      ]);
      const person = `Patient/${await store({ resourceType: 'Patient' })}`;
      const expression = `Observation?code:below=${encodeURIComponent(`${PETS}|Dog`)}`;
      const variable = {
        url: 'http://hl7.org/fhir/StructureDefinition/variable',
        valueExpression: { name: 'dogs', language: 'application/x-fhir-query' as const, expression },
      };
      const asked = questionnaire([withInitial('a', 'string', '%dogs.entry.resource.id')], { extension: [variable] });
      const filled = output<QuestionnaireResponse>(
        await populate(hub.fhir, person, { questionnaire: asked }),
        'response',
      );
      expect(filled.item?.[0]?.answer).toEqual([{ valueString: beagle }]);
    });

    test('is refused as the search is, when nobody here knows what it names', async () => {
      const unknown = 'Observation?code:in=https://nowhere.example/set';
      const answer = await call('DELETE', at(unknown));
      expect([answer.status, texts(answer)]).toEqual([
        400,
        [
          'The search parameter "code:in" cannot be used so. This server does not know the value set, or not all of its codes. Name the codes, separated by commas.',
        ],
      ]);
      const strict = { prefer: 'handling=strict' };
      expect(texts(await call('GET', at(unknown), { headers: strict }))).toEqual(texts(answer));
      expect(await all()).toEqual(['Beagle final', 'Cat final']);
    });
  },
);
