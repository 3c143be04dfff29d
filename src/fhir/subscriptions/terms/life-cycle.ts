import type { Subscription } from '@medplum/fhirtypes';

export type SubscriptionState = 'requested' | 'active' | 'error' | 'off';

/**
 * What becomes of a Subscription that a client writes: only the hub makes one active, after its endpoint has answered a
 * handshake, and only the hub says that one has failed. Pure.
 * @returns undefined when it may not be written so
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/workflow.html#workflow-fhir-r4
 */
export function nextState(before: Subscription | undefined, after: Subscription): SubscriptionState | undefined {
  switch (after.status) {
    case 'off':
      return 'off';
    case 'requested':
      return 'requested';
    case 'active':
      return before?.status === 'active' && sameChannel(before, after) ? 'active' : 'requested';
    case 'error':
      return before?.status === 'error' ? 'error' : undefined;
    default:
      return undefined;
  }
}

/** Whether notifications go the same way as before: then the endpoint need not be asked again. */
function sameChannel({ channel: before }: Subscription, { channel: after }: Subscription): boolean {
  const way = ({ type, endpoint, payload, header }: Subscription['channel']): string =>
    JSON.stringify([type, endpoint, payload, header ?? []]);
  return way(before) === way(after);
}

/** When a subscription must be looked at again. */
export interface Pulse {
  readonly status: SubscriptionState;
  readonly heartbeatSeconds: number | null;
  readonly lastSentAt: Date | null;
  readonly endsAt: Date | null;
}

/** When the next heartbeat of an active subscription is due; undefined when it has none. Pure. */
export function heartbeatDue({ status, heartbeatSeconds, lastSentAt }: Pulse): Date | undefined {
  if (status !== 'active' || heartbeatSeconds === null || !lastSentAt) return undefined;
  return new Date(lastSentAt.getTime() + heartbeatSeconds * 1_000);
}

/** When something next happens to a subscription by the clock alone: a heartbeat, or its end. Pure. */
export function nextWake(pulse: Pulse): Date | undefined {
  if (pulse.status === 'off') return undefined;
  const times = [heartbeatDue(pulse), pulse.endsAt ?? undefined].filter((each) => each !== undefined);
  return times.sort((a, b) => a.getTime() - b.getTime())[0];
}
