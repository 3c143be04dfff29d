import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../../src/errors.ts';
import { checkBundle } from '../../../../src/fhir/rest/bundle/check-bundle.ts';

const BASE = 'https://hub.example/fhir/R4';

describe('the shape of a Bundle', () => {
  const patient = { resourceType: 'Patient' };
  const post = { method: 'POST', url: 'Patient' };
  const bundle = (entry: unknown): unknown => ({ resourceType: 'Bundle', type: 'transaction', entry });

  test('is good when each entry says what it asks for', () => {
    expect(checkBundle(bundle([{ request: post, resource: patient }]), 10, BASE)).toMatchObject({
      type: 'transaction',
    });
    expect(
      checkBundle(
        { ...(bundle([{ request: { method: 'GET', url: 'Patient/1' } }]) as object), type: 'batch' },
        1,
        BASE,
      ),
    ).toMatchObject({ type: 'batch' });
  });

  test.each<[string, unknown, string, string]>([
    [
      'no JSON object',
      'x',
      'resourceType',
      'Send a Bundle to the base address; single resources go to their type, e.g. POST Task.',
    ],
    [
      'null',
      null,
      'resourceType',
      'Send a Bundle to the base address; single resources go to their type, e.g. POST Task.',
    ],
    [
      'another resource',
      patient,
      'resourceType',
      'Send a Bundle to the base address; single resources go to their type, e.g. POST Task.',
    ],
    [
      'another type',
      { resourceType: 'Bundle', type: 'collection' },
      'Bundle.type',
      'Bundle.type must be "transaction" (all or nothing) or "batch" (each entry by itself).',
    ],
    ['no entries', bundle([]), 'Bundle.entry', 'The Bundle has no entries.'],
    ['entries that are no list', bundle('many'), 'Bundle.entry', 'The Bundle has no entries.'],
    [
      'an entry that is null',
      bundle([null]),
      'Bundle.entry[0].request',
      'Every entry needs request.method and request.url.',
    ],
    [
      'an entry without a request',
      bundle([{ request: post, resource: patient }, {}]),
      'Bundle.entry[1].request',
      'Every entry needs request.method and request.url.',
    ],
    [
      'an address that is no text',
      bundle([{ request: { method: 'POST', url: 5 }, resource: patient }]),
      'Bundle.entry[0].request',
      'Every entry needs request.method and request.url.',
    ],
    [
      'a method there is not',
      bundle([{ request: { method: 'FETCH', url: 'Patient' } }]),
      'Bundle.entry[0].request.method',
      'request.method must be GET, HEAD, POST, PUT, PATCH or DELETE.',
    ],
    [
      'a fullUrl that is no text',
      bundle([{ fullUrl: ['urn:uuid:1'], request: post, resource: patient }]),
      'Bundle.entry[0].fullUrl',
      'fullUrl must be a text.',
    ],
    [
      'a condition that is no text',
      bundle([{ request: { ...post, ifNoneExist: 5 }, resource: patient }]),
      'Bundle.entry[0].request.ifNoneExist',
      'request.ifNoneExist must be a text.',
    ],
    [
      'a resource that is a list',
      bundle([{ request: post, resource: [patient] }]),
      'Bundle.entry[0].resource',
      'The resource of an entry must be an object.',
    ],
    [
      'a POST without a resource',
      bundle([{ request: post }]),
      'Bundle.entry[0].resource',
      'A POST entry needs a resource.',
    ],
    [
      'a resource sent to another type',
      bundle([{ request: { method: 'POST', url: 'Task' }, resource: patient }]),
      'Bundle.entry[0].resource.resourceType',
      'The resource is of type Patient, but is sent to Task.',
    ],
  ])('is refused: %s', (_name, body, expression, text) => {
    const thrown = thrownBy(() => checkBundle(body, 10, BASE));
    expect(thrown).toMatchObject({
      kind: 'invalid',
      outcome: { issue: [{ details: { text }, expression: [expression] }] },
    });
  });

  test('may have so many entries, and not one more', () => {
    const many = (count: number): unknown =>
      bundle(Array.from({ length: count }, () => ({ request: post, resource: patient })));
    expect(() => checkBundle(many(10), 10, BASE)).not.toThrow();
    const text = 'The Bundle has 11 entries; at most 10 are accepted. Split it.';
    expect(thrownBy(() => checkBundle(many(11), 10, BASE))).toMatchObject({
      status: 413,
      outcome: { issue: [{ details: { text }, expression: ['Bundle.entry'] }] },
    });
  });
});

function thrownBy(work: () => unknown): AppError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error('Nothing was thrown.');
}
