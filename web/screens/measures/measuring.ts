import { groupings, type Measuring } from '../../api/measures.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** What an address asks for; where it says nothing, the last ninety days until today. */
export function measuringOf(address: URLSearchParams, now: number): Measuring {
  return {
    from: dayIn(address.get('from')) ?? dayOf(now - 90 * 86_400_000),
    // What is requested today counts.
    to: dayIn(address.get('to')) ?? dayOf(now + 86_400_000),
    groupBy: groupings.find((each) => each === address.get('groupBy')) ?? null,
  };
}

function dayIn(text: string | null): string | undefined {
  return text !== null && DAY.test(text) ? text : undefined;
}

function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}
