import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Loaded, loadDefinitionResources } from '../../src/fhir/load-definitions.ts';
import { type Answer, call, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

describe.each(databaseKinds())('definitions that were loaded (%s)', (kind) => {
  let hub: TestHub;
  let first: Loaded;
  const get = (path: string): Promise<Answer> => call('GET', `${hub.fhir}/${path}`);
  const load = (): Promise<Loaded> =>
    loadDefinitionResources(hub.deps.store, { kind: 'hub', organizationId: hub.deps.hubOrg });

  beforeAll(async () => {
    hub = await startHub(kind);
    first = await load();
  }, 240_000);
  afterAll(() => hub?.close());

  test.each([
    ['ValueSet', 'http://hl7.org/fhir/ValueSet/task-status'],
    ['CodeSystem', 'http://hl7.org/fhir/task-status'],
    ['CodeSystem', 'https://careloop.dev/fhir/CodeSystem/outcome'],
    ['StructureDefinition', 'http://hl7.org/fhir/StructureDefinition/Task'],
    ['SearchParameter', 'http://hl7.org/fhir/SearchParameter/Task-owner'],
    ['OperationDefinition', 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand'],
    ['OperationDefinition', 'https://careloop.dev/fhir/OperationDefinition/meta-add'],
    ['ConceptMap', 'http://hl7.org/fhir/ConceptMap/cm-address-type-v3'],
  ])('a %s is found by its address: %s', async (type, url) => {
    const [resource] = found(await get(`${type}?url=${encodeURIComponent(url)}`));
    expect(resource).toMatchObject({ resourceType: type, url });
  });

  test('keep the ids they were published under', async () => {
    expect((await get('StructureDefinition/Task')).body).toMatchObject({
      url: 'http://hl7.org/fhir/StructureDefinition/Task',
    });
    expect((await get('ValueSet/task-status/$expand?count=0')).body).toMatchObject({ expansion: { total: 12 } });
  });

  test('are not written again', async () => {
    expect(first).toEqual({ written: expect.any(Number), unchanged: 0 });
    expect(first.written).toBeGreaterThan(3_500);
    expect(await load()).toEqual({ written: 0, unchanged: first.written });
  });
});
