import { describe, expect, test } from '@jest/globals';
import { type Caller, contentFor, sightOf, visibleTo } from '../../../src/fhir/caller.ts';
import { ROLES } from '../../../src/fhir/role.ts';

describe('callers of the same sight', () => {
  const kinds = ['client', 'operator', 'hub'] as const;
  const views: Caller['view'][] = [undefined, { kind: 'sent' }, { kind: 'own-record', patientId: 'p', keys: ['k'] }];
  const roles = [undefined, [], ...ROLES.map((role) => [role])];
  const callers = kinds.flatMap((kind) =>
    views.flatMap((view) =>
      roles.flatMap((some) =>
        ['a', 'b'].map(
          (organizationId): Caller => ({
            kind,
            organizationId,
            ...(view ? { view } : {}),
            ...(some ? { roles: some } : {}),
          }),
        ),
      ),
    ),
  );

  test('are shown the same, and who sees a part has none', () => {
    const shown = new Map<string, string>();
    for (const caller of callers) {
      const sight = sightOf(caller);
      expect(sight === undefined).toBe(caller.view !== undefined);
      if (sight === undefined) continue;
      const clauses = `${visibleTo(caller, 'resource', '$1')} ${contentFor(caller, 'resource', '$1')}`;
      expect(clauses).toBe(shown.get(sight) ?? clauses);
      shown.set(sight, clauses);
    }
    expect(shown.size).toBeGreaterThan(2);
  });
});
