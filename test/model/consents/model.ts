import type { Given } from '../state.ts';

/**
 * Whether a client denies that an organization is told: what was denied holds until a later consent takes it back, one that
 * names whom it names.
 */
export function denies(consents: readonly Given[], organization: string): boolean {
  const said = consents.filter(({ isActive, whom }) => isActive && (whom === null || whom === organization));
  return said.some(
    (denial) =>
      denial.effect === 'deny' &&
      !said.some(
        (each) => each.effect === 'permit' && each.at > denial.at && (denial.whom === null || each.whom !== null),
      ),
  );
}
