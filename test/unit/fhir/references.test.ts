import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient, Resource, Task } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { referencesResolve } from '../../../src/fhir/integrity/references-resolve.ts';
import { findReferences, idOf, mapReferences, parseLocal } from '../../../src/fhir/references.ts';
import type { Change, UnitOfWork } from '../../../src/fhir/store/unit-of-work.ts';

beforeAll(loadDefinitions);

const task: Task & { id: string } = {
  resourceType: 'Task',
  id: 't',
  status: 'requested',
  intent: 'order',
  focus: { reference: 'ServiceRequest/1' },
  for: { display: 'Somebody' },
  output: [
    { type: {}, valueReference: { reference: 'Procedure/2' } },
    { type: {}, valueString: 'Patient/9' },
  ],
};

describe('a reference to this server', () => {
  test.each([
    ['Patient/1', { type: 'Patient', id: '1' }],
    ['Patient/1/_history/3', { type: 'Patient', id: '1' }],
    ['QuestionnaireResponse/a-b.c', { type: 'QuestionnaireResponse', id: 'a-b.c' }],
    ['https://other.example/Patient/1', undefined],
    ['urn:uuid:1', undefined],
    ['#contained', undefined],
    ['patient/1', undefined],
    ['Patient/', undefined],
    ['Patient/1/2', undefined],
    ['Patient/a b', undefined],
    [`Patient/${'x'.repeat(65)}`, undefined],
    [undefined, undefined],
  ])('is read: %s', (reference, local) => {
    expect(parseLocal(reference)).toEqual(local);
  });

  test('has an id for its own type only', () => {
    expect(idOf('Patient', { reference: 'Patient/1' })).toBe('1');
    expect(idOf('Group', { reference: 'Patient/1' })).toBeUndefined();
    expect(idOf('Patient', undefined)).toBeUndefined();
  });
});

describe('the references of a resource', () => {
  test('are found with their places', () => {
    expect(findReferences(task)).toEqual([
      { reference: 'ServiceRequest/1', expression: 'Task.focus.reference' },
      { reference: 'Procedure/2', expression: 'Task.output[0].valueReference.reference' },
    ]);
  });

  test('are rewritten in a copy, and nothing else is', () => {
    const before = structuredClone(task);
    const rewritten = mapReferences(task, (reference) => `https://hub.test/${reference}`);
    expect(task).toEqual(before);
    expect(findReferences(rewritten).map(({ reference }) => reference)).toEqual([
      'https://hub.test/ServiceRequest/1',
      'https://hub.test/Procedure/2',
    ]);
    expect(mapReferences(rewritten, (reference) => reference.replace('https://hub.test/', ''))).toEqual(before);
  });

  test('are all that is rewritten, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(mapReferences(value, (reference) => reference)).toEqual(value);
      }),
    );
  });
});

describe('a resource is written', () => {
  /** A transaction that knows of these resources, and no others. */
  const unitWith = (...known: string[]): UnitOfWork => {
    const missing = (wanted: { type: string; id: string }[]): ReadonlySet<string> =>
      new Set(wanted.map(({ type, id }) => `${type}/${id}`).filter((key) => !known.includes(key)));
    return {
      missing: async (wanted: { type: string; id: string }[]) => missing(wanted),
      require: (wanted: { type: string; id: string }[], refuse: (missing: ReadonlySet<string>) => void) =>
        refuse(missing(wanted)),
    } as unknown as UnitOfWork;
  };
  const settle = async (
    after: Resource & { id: string },
    unit: UnitOfWork,
    before?: Resource & { id: string },
  ): Promise<void> => {
    const change: Change = { type: after.resourceType, id: after.id, before, after, byHub: false };
    await referencesResolve({ servers: 'any', bases: [] }, 'https://hub.example/fhir/R4').settle?.(change, unit);
  };

  test('when its references lead somewhere', async () => {
    await expect(settle(task, unitWith('ServiceRequest/1', 'Procedure/2'))).resolves.toBeUndefined();
  });

  test('with references to other servers, which are theirs to keep', async () => {
    await expect(
      settle({ ...task, focus: { reference: 'https://ehr.example/ServiceRequest/1' }, output: [] }, unitWith()),
    ).resolves.toBeUndefined();
  });

  test('not when one leads nowhere: each is named, with its place', async () => {
    await expect(settle(task, unitWith('Procedure/2'))).rejects.toMatchObject({
      kind: 'unprocessable',
      code: 'reference.not-found',
      outcome: {
        issue: [
          {
            code: 'not-found',
            expression: ['Task.focus.reference'],
            details: {
              text: 'There is no ServiceRequest/1 on this hub. Send it in the same Bundle, or create it first.',
            },
          },
        ],
      },
    });
  });

  test.each(['urn:uuid:unknown', 'Widget/1', 'just words'])(
    'not when one is nothing this hub can follow: %s',
    async (reference) => {
      const text = `"${reference}" points to nothing this hub knows. Put the resource into the same Bundle, or refer to it as Type/id or by its full http address.`;
      await expect(settle({ ...task, focus: { reference }, output: [] }, unitWith(reference))).rejects.toMatchObject({
        outcome: { issue: [{ details: { text } }] },
      });
    },
  );

  test('with references to what it contains, and only to that', async () => {
    const patient: Patient & { id: string } = {
      resourceType: 'Patient',
      id: 'p',
      contained: [{ resourceType: 'Organization', id: 'org', name: 'x' }],
      managingOrganization: { reference: '#org' },
    };
    await expect(settle(patient, unitWith())).resolves.toBeUndefined();
    const text = 'There is no contained resource with the id "other".';
    await expect(
      settle({ ...patient, managingOrganization: { reference: '#other' } }, unitWith()),
    ).rejects.toMatchObject({ outcome: { issue: [{ details: { text } }] } });
  });

  test('though a reference it had before leads nowhere any more', async () => {
    await expect(settle({ ...task, status: 'accepted' }, unitWith(), task)).resolves.toBeUndefined();
  });
});
