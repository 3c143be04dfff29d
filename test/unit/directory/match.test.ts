import { describe, expect, test } from '@jest/globals';
import type { HealthcareService, ServiceRequest } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { categoriesOf, rank } from '../../../src/directory/match.ts';

const SOCIAL_SERVICE = '410606002';

const request = (codes: readonly string[], performers: readonly string[] = []): ServiceRequest => ({
  resourceType: 'ServiceRequest',
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/p' },
  category: codes.map((code) => ({ coding: [{ code }] })),
  performer: performers.map((reference) => ({ reference })),
});

const service = (
  id: string,
  org: string,
  codes: readonly string[],
  fields: Partial<HealthcareService> = {},
): HealthcareService & { id: string } => ({
  resourceType: 'HealthcareService',
  id,
  active: true,
  name: `Service ${id}`,
  providedBy: { reference: `Organization/${org}` },
  category: codes.map((code) => ({ coding: [{ code }] })),
  ...fields,
});

const organizations = (...args: Parameters<typeof rank>): string[] =>
  rank(...args).map(({ organizationId }) => organizationId);
const NOBODY: ReadonlySet<string> = new Set();

describe('a request is matched by', () => {
  test('its categories, each once, but not by what every social service is', () => {
    expect(categoriesOf(request([SOCIAL_SERVICE, 'food', 'housing', 'food']))).toEqual(['food', 'housing']);
    expect(categoriesOf(request([]))).toEqual([]);
    expect(categoriesOf({ ...request([]), category: [{ text: 'Food' }, { coding: [{ system: 'x' }] }] })).toEqual([]);
  });

  test('a category of the service, or its type', () => {
    const services = [
      service('1', 'by-category', ['food']),
      service('2', 'by-type', [], { type: [{ coding: [{ code: 'food' }] }] }),
      service('3', 'by-neither', ['housing']),
      service('4', 'too-general', [SOCIAL_SERVICE]),
    ];
    expect(organizations(request([SOCIAL_SERVICE, 'food']), services, NOBODY)).toEqual(['by-category', 'by-type']);
  });
});

describe('organizations are asked', () => {
  test('in the order of their services’ names', () => {
    const services = [
      service('1', 'c', ['food'], { name: 'Östra' }),
      service('2', 'a', ['food'], { name: 'Berg' }),
      service('3', 'b', ['food'], { name: 'ark' }),
    ];
    expect(organizations(request(['food']), services, NOBODY)).toEqual(['b', 'a', 'c']);
  });

  test('first those the sender named, in the sender’s order, also without a service here', () => {
    const services = [service('1', 'a', ['food']), service('2', 'b', ['food'])];
    const asked = request(['food'], ['Organization/elsewhere', 'Organization/b', 'Practitioner/x']);
    expect(rank(asked, services, NOBODY)).toEqual([
      { organizationId: 'elsewhere', serviceId: '', name: '' },
      { organizationId: 'b', serviceId: '2', name: 'Service 2' },
      { organizationId: 'a', serviceId: '1', name: 'Service 1' },
    ]);
  });

  test('not when their service is not active, or provided by nobody', () => {
    const services = [
      service('1', 'closed', ['food'], { active: false }),
      { ...service('2', 'x', ['food']), providedBy: {} },
    ];
    expect(organizations(request(['food']), services, NOBODY)).toEqual([]);
  });

  test('when their service does not say whether it is active', () => {
    const { active: _active, ...silent } = service('1', 'a', ['food']);
    expect(organizations(request(['food']), [silent], NOBODY)).toEqual(['a']);
  });
});

const ids = fc.constantFrom('a', 'b', 'c', 'd');
const codes = fc.array(fc.constantFrom('food', 'housing', SOCIAL_SERVICE), { maxLength: 3 });
const anyServices = fc
  .array(fc.tuple(ids, codes, fc.boolean()), { maxLength: 8 })
  .map((all) => all.map(([org, of, active], at) => service(`${at}`, org, of, { active })));
const anyRequest = fc.tuple(codes, fc.uniqueArray(ids, { maxLength: 3 })).map(([of, named]) =>
  request(
    of,
    named.map((id) => `Organization/${id}`),
  ),
);
const anyAsked = fc.uniqueArray(ids).map((asked) => new Set<string>(asked));

describe('whatever the directory holds,', () => {
  test('nobody is asked twice, and nobody again', () => {
    fc.assert(
      fc.property(anyRequest, anyServices, anyAsked, (asking, services, asked) => {
        const found = organizations(asking, services, asked);
        expect(new Set(found).size).toBe(found.length);
        expect(found.filter((id) => asked.has(id))).toEqual([]);
      }),
    );
  });

  test('nobody is asked but those named and those whose service fits', () => {
    fc.assert(
      fc.property(anyRequest, anyServices, anyAsked, (asking, services, asked) => {
        const wanted = new Set(categoriesOf(asking));
        const fitting = services.filter(
          ({ active, category }) => active && category?.some(({ coding }) => wanted.has(coding?.[0]?.code ?? '')),
        );
        const allowed = [...(asking.performer ?? []), ...fitting.map(({ providedBy }) => providedBy)].map(
          (each) => each?.reference,
        );
        for (const id of organizations(asking, services, asked)) expect(allowed).toContain(`Organization/${id}`);
      }),
    );
  });

  test('its order does not matter, where names differ', () => {
    fc.assert(
      fc.property(anyRequest, anyServices, anyAsked, (asking, services, asked) => {
        expect(organizations(asking, services.toReversed(), asked)).toEqual(organizations(asking, services, asked));
      }),
    );
  });
});
