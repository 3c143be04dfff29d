import type { Given } from '../state.ts';

/**
 * Whether a client denies that an organization is told: what was denied holds until a later consent takes it back, one that
 * names whom it names. Nobody permits itself.
 */
export function denies(consents: readonly Given[], organization: string): boolean {
  const said = consents.filter(({ isActive, whom }) => isActive && (whom === null || whom === organization));
  return said.some(
    (denial) =>
      denial.effect === 'deny' &&
      !said.some(
        (each) =>
          each.effect === 'permit' &&
          each.by !== organization &&
          each.at > denial.at &&
          (denial.whom === null || each.whom !== null),
      ),
  );
}

/** Whether a moment lies in a period; null: it is open on that side. */
export function isWithin(now: string, from: string | null, to: string | null): boolean {
  return (from === null || from <= now) && (to === null || now <= to);
}
